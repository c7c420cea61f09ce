"""Sending the letters that are no bulletin, each at most once: what is in doubt is shown, and not sent again."""

import logging
import time
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from newsletter.bulletin.compose import Sender as From
from newsletter.domain import domain_of
from newsletter.engine.outcome import words_of
from newsletter.engine.press import addressed
from newsletter.engine.send import Sender
from newsletter.errors import Misconfigured, NewsletterError, Unavailable
from newsletter.message.headers import ListIdentity, auto_headers, message_id, one_click, standing_fields
from newsletter.message.letter import Fields, Letter, Mailbox
from newsletter.pace.block import is_policy_block
from newsletter.pace.pause import block_domain, pause_of
from newsletter.post.due import has_due, hold_back, put_off, settle, take_due
from newsletter.post.posted import DIGEST, LetterState, PostedLetter
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Kind

log = logging.getLogger(__name__)

Note = partial[None]
"""Writes down what became of a letter, given a session and the time."""

_SETTLED = {
    Kind.ACCEPTED: LetterState.SENT,
    Kind.REFUSED: LetterState.REFUSED,
    Kind.HELD: LetterState.REFUSED,
    Kind.IN_DOUBT: LetterState.IN_DOUBT,
}


def send_letters(sender: Sender) -> None:
    """Send the letters that are due, over this sender's connection. Raises Unavailable when the database is away."""
    if not has_letter_due(sender) or not sender.sits_down(with_one=True):
        return
    try:
        while not sender.stopping and sender.lines.goes_on() and (letter := _take(sender)):
            _record(sender, _sent(sender, letter))
    finally:
        sender.stands_up()


def to_letter(posted: PostedLetter, writer: From) -> Letter:
    """A posted letter, ready to become bytes. Its Message-ID is the same at every try."""
    stamp = f"letter{posted.id}.{posted.posted_at.astimezone(UTC).timestamp():.0f}"
    return Letter(
        sender=Mailbox(writer.vendor, writer.address),
        to=Mailbox("", posted.address),
        reply_to=Mailbox("", writer.reply_address),
        subject=posted.subject,
        text=posted.text,
        html=posted.html,
        language=posted.language,
        message_id=message_id(stamp, writer.domain),
        date=posted.posted_at,
        headers=_headers(posted, writer),
    )


def _headers(posted: PostedLetter, writer: From) -> Fields:
    fields: Fields = auto_headers("auto-replied" if posted.in_reply_to else "auto-generated")
    if posted.in_reply_to:
        fields += (("In-Reply-To", posted.in_reply_to), ("References", posted.in_reply_to))
    if posted.leave_link:
        leave = one_click(posted.leave_link)
        fields += (("List-Unsubscribe", leave), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if posted.kind == DIGEST:
        fields = (*_of_list(writer), *fields, ("Precedence", "bulk"))
    return (*fields, ("X-Auto-Response-Suppress", "All"))


def _of_list(writer: From) -> Fields:
    """What tells mail programs that all digests belong together (RFC 2919). A topic's list has one label, not two."""
    mailto = f"mailto:{writer.reply_address}"
    identity = ListIdentity(f"topics.{DIGEST}.{writer.domain}", f"{writer.vendor} digest", mailto, mailto)
    return standing_fields(identity)


def has_letter_due(sender: Sender) -> bool:
    """Whether one of them is."""
    with sender.counter.db.read() as session:
        return has_due(session, sender.counter.clock())


def _take(sender: Sender) -> PostedLetter | None:
    if not has_letter_due(sender):
        return None
    while not sender.stopping:
        now = sender.counter.clock()
        with sender.counter.db.write() as session:
            letter = take_due(session, sender.counter.engine, now)
            pause = pause_of(session, domain_of(letter.address), now) if letter else None
            if letter is None or pause is None:
                return letter
            hold_back(session, letter, pause.until, f"Nothing goes to {pause.domain} now: {pause.reason}", now)
    return None


def _sent(sender: Sender, posted: PostedLetter) -> Note:
    try:
        envelope, octets = _wire_form(sender, posted)
    except Misconfigured as error:  # the keys went away just now
        return partial(put_off, letter=posted, words=str(error))
    except NewsletterError as error:
        return partial(settle, letter=posted, state=LetterState.REFUSED, words=str(error))
    except Exception as error:
        # A mistake of ours, about one letter: it must not keep those behind it from leaving.
        log.exception("letter %d cannot be set", posted.id)
        words = f"This letter cannot be set ({type(error).__name__}); the log says more."
        return partial(settle, letter=posted, state=LetterState.REFUSED, words=words)
    outcome = sender.lines.send_sample(envelope, octets)
    # Of a letter that a stranger asked for it is not believed: they could stop the mail of a whole provider by it.
    if posted.leave_link and is_policy_block(outcome):
        return partial(_blocked, letter=posted, words=words_of(outcome), engine=sender.counter.engine)
    if outcome.kind in _SETTLED:
        return partial(settle, letter=posted, state=_SETTLED[outcome.kind], words=words_of(outcome))
    return partial(put_off, letter=posted, words=words_of(outcome))


def _blocked(session: Session, letter: PostedLetter, words: str, engine: str, now: datetime) -> None:
    """A refusal that is about us and not about the reader: the domain is paused, and the letter waits behind it."""
    block_domain(session, domain_of(letter.address), words, by=engine, now=now)
    put_off(session, letter, words, now)


def _record(sender: Sender, note: Note) -> None:
    """Bring what became of a letter until it is taken, for it is written down nowhere else."""
    pause = 0.1
    while True:
        try:
            with sender.counter.db.write() as session:
                note(session, now=sender.counter.clock())
        except Unavailable as error:
            if sender.stopping:  # then it is in doubt, as soon as somebody finds it
                raise
            sender.database_trouble = error.message
            log.warning("%s", error)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def _wire_form(sender: Sender, posted: PostedLetter) -> tuple[Envelope, bytes]:
    writer, links = sender.presses.sender, sender.presses.links
    way = Envelope(links.letter_path(posted.id, writer.domain), posted.address)
    envelope, octets = addressed(to_letter(posted, writer), way)
    signer = sender.signer()
    return envelope, signer.sign(octets, sender.counter.clock()) if signer else octets
