"""What is done with a mail that came in: a token of ours makes it happen, and nothing is kept of the rest."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from newsletter.bounce.arf import ABUSE, Complaint
from newsletter.bounce.report import Report, read_report
from newsletter.db import Database
from newsletter.errors import BadToken, NotFound
from newsletter.inbound.answered import answered, is_ours, mail_answered, mail_of
from newsletter.inbound.noting import Mail
from newsletter.inbound.returned import copy_came_back, letter_came_back
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.links import Links, OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.optout.receipt import Goodbye

COMPLAINTS = "complaints"
"""The mailbox that providers send their reports to; what comes there must carry a token of ours all the same."""

_MOST_HOPS = 50  # servers that passed a mail on; ours is the last, and a few are usual
_PAGE = re.compile(r"/leave/([A-Za-z0-9_-]+)(?:$|[/?#])")
_MAIL = re.compile(r"mailto:(leave\+[^@?]+)@", re.IGNORECASE)


class Answer(Enum):
    """What is said to whoever brought a mail."""

    DONE = "250 2.0.0 Done: you are off the list."
    NOBODY = "250 2.0.0 We hold no address that belongs to this mail."
    NOTED = "250 2.0.0 Thank you."
    NOT_OURS = "550 5.7.1 This is no report about a mail of ours."
    LOOP = "554 5.4.6 This mail goes round in circles."


@dataclass(frozen=True, slots=True)
class _Sent:
    """A mail of ours: a copy of a bulletin, or a letter that is none."""

    id: int
    is_letter: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Where mail comes in, for the domain of our return paths.

    `reply_address` is where people write back to; a copy of what goes there may be brought here, too.
    """

    db: Database
    links: Links
    domain: str
    goodbye: Goodbye | None
    clock: Callable[[], datetime]
    reply_address: str = ""

    def knows(self, recipient: str) -> bool:
        """Whether a mail to this address could be for us."""
        local_part, _, domain = recipient.rpartition("@")
        if recipient.lower() == self.reply_address.lower():
            return True
        if domain.lower() != self.domain.lower():
            return False
        return local_part.lower() == COMPLAINTS or any(read(local_part) for read in (self._way_out, self._sent))

    def take(self, recipient: str, sender: str, octets: bytes) -> Answer:
        """Do what a mail asks for. The same mail twice is done once. Raises Unavailable when the database is away."""
        local_part, report = recipient.rpartition("@")[0], read_report(octets, sender)
        if report.hops > _MOST_HOPS or is_ours(report.message_id, self.domain):
            return Answer.LOOP
        if recipient.lower() == self.reply_address.lower():
            return self._written_back(report, mail_answered(self.db, report, self.domain))
        if sent := self._sent(local_part):
            return self._returned(sent, report)
        link = self._way_out(local_part)
        if link is None:
            return self._complaint(report.complaint)
        return self._asks_to_leave(link, report)

    def _asks_to_leave(self, link: OptOutLink, report: Report) -> Answer:
        goodbye = None if report.is_automatic else self.goodbye
        if goodbye and report.message_id:
            goodbye = goodbye.answering(report.message_id)
        return self._leaves(link, Way.MAIL, goodbye)

    def _returned(self, sent: "_Sent", report: Report) -> Answer:
        """What comes to the return path of a mail is about that mail: nobody else can know the address."""
        if report.failure:
            came_back = letter_came_back if sent.is_letter else copy_came_back
            came_back(self.db, sent.id, report.failure, self.clock())
            return Answer.NOTED
        return self._written_back(report, mail_of(self.db, sent.id, is_letter=sent.is_letter))

    def _written_back(self, report: Report, mail: Mail | None) -> Answer:
        # A report about another mail, and a list's, is no word of its reader's.
        if mail and report.failure is None and report.complaint is None:
            answered(self.db, mail, report, self.clock())
        return Answer.NOTED

    def _complaint(self, complaint: Complaint | None) -> Answer:
        link = self._complained_of(complaint) if complaint else None
        if complaint is None or link is None:
            return Answer.NOT_OURS
        return self._leaves(link, Way.COMPLAINT) if complaint.kind == ABUSE else Answer.NOTED

    def _leaves(self, link: OptOutLink, way: Way, goodbye: Goodbye | None = None) -> Answer:
        try:
            opt_out(self.db, link, way, self.clock(), everything=way is Way.COMPLAINT, goodbye=goodbye)
        except NotFound:
            return Answer.NOBODY
        return Answer.DONE

    def _complained_of(self, complaint: Complaint) -> OptOutLink | None:
        """Whose mail it was, by a token alone.

        A Message-ID is no proof: who has one mail of a run can count on to the others', and would take them off.
        """
        for way in complaint.ways_out:
            page, mail = _PAGE.search(way), _MAIL.match(way)
            link = self._page(page[1]) if page else self._way_out(mail[1]) if mail else None
            if link:
                return link
        return next(filter(None, map(self._copy, complaint.return_paths)), None)

    def _way_out(self, local_part: str) -> OptOutLink | None:
        try:
            return self.links.read_mail_leave(local_part)
        except BadToken:
            return None

    def _sent(self, local_part: str) -> "_Sent | None":
        """Which mail of ours has this return path."""
        for read, is_letter in ((self.links.read_return_path, False), (self.links.read_letter_path, True)):
            try:
                return _Sent(read(local_part), is_letter)
            except BadToken:
                continue
        return None

    def _page(self, token: str) -> OptOutLink | None:
        try:
            return self.links.read_opt_out(token)
        except BadToken:
            return None

    def _copy(self, return_path: str) -> OptOutLink | None:
        try:
            delivery_id = self.links.read_return_path(return_path.rpartition("@")[0])
        except BadToken:
            return None
        with self.db.read() as session:
            copy = session.get(Delivery, delivery_id)
            run = session.get(Run, copy.run_id) if copy else None
            return OptOutLink(copy.person_id, run.topic_id, copy.id) if copy and copy.person_id and run else None
