"""Four eyes: a second colleague says yes to exactly what is sent, or no."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.bulletin.approval import Approval
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.compose import Sender
from newsletter.bulletin.write import lock, newest_of
from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.staff.audit import AuditEntry

Seal = Callable[[Session, Version], str]
"""What changes whenever anything does that an approval is about."""
LONGEST_WORDS = 2_000  # characters


class Standing(StrEnum):
    """Where the approval of a version stands, as it is now."""

    NOT_ASKED = "not asked"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the asking colleague saw: the seal, how many people it goes to, and preflight in a sentence."""

    seal: str
    audience: int
    preflight: str


def seal_of(
    text: str, sender: Sender, topic: str, segment: str, look: Look = HOUSE_LOOK, files: tuple[str, ...] = ()
) -> str:
    """The seal of a text, who sends it, the key of its topic, the definition of the segment it names, and its look.

    `files` are digests of what goes with it; the names of pictures, which stand in the text, are digests themselves.
    """
    from_ = (sender.vendor, sender.address, sender.reply_address, sender.postal_address)
    told = (text, *from_, topic, segment, look, *files)
    return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()


def standing(session: Session, version_id: int, seal: str) -> tuple[Standing, Approval | None]:
    """Where the approval of a version under a seal stands, and the row that says so: the newest counts."""
    of_this = select(Approval).where(Approval.version_id == version_id, Approval.seal == seal)
    newest = session.scalar(of_this.order_by(Approval.id.desc()).limit(1))
    if newest is None:
        return Standing.NOT_ASKED, None
    said = {None: Standing.ASKED, True: Standing.APPROVED, False: Standing.REFUSED}
    return said[newest.is_approved], newest


def history(session: Session, bulletin_id: int, limit: int = 20) -> list[Approval]:
    """What was asked and answered about a bulletin over all its versions, newest first."""
    theirs = select(Approval).join(Version, Version.id == Approval.version_id).where(Version.bulletin_id == bulletin_id)
    return list(session.scalars(theirs.order_by(Approval.id.desc()).limit(limit)))


def waiting(session: Session, limit: int = 20) -> list[tuple[str, Version, Approval]]:
    """Questions that nobody answered, with the bulletin's number, oldest first; none about a text that was changed."""
    asked = (
        select(Bulletin.number, Version, Approval)
        .join(Version, Version.bulletin_id == Bulletin.id)
        .join(Approval, Approval.version_id == Version.id)
        .where(Approval.is_approved.is_(None), Approval.source == Version.source)
    )
    rows = session.execute(asked.order_by(Approval.id).limit(limit))
    return [(number, version, question) for number, version, question in rows]


def ask_for_approval(db: Database, number: str, shown: Shown, seal: Seal, *, note: str, by: str, now: datetime) -> int:
    """Ask a second colleague about the newest version; the id of the question.

    Raises NotFound, and Conflict where it is another text by now, was asked already or is approved.
    """
    with db.write() as session:
        version = newest_of(session, number)
        lock(session, version.bulletin_id)
        session.refresh(version)
        if seal(session, version) != shown.seal:
            raise Conflict(f"{number} was changed since you looked.", hint="Look at it again, then ask.")
        stands, former = standing(session, version.id, shown.seal)
        if former is not None and stands is not Standing.REFUSED:
            who = former.answered_by or former.asked_by
            raise Conflict(f"{number} is {stands} already, by {who}.", hint="Nothing was changed.")
        asked = Approval(
            version_id=version.id,
            seal=shown.seal,
            source=version.source,
            audience=shown.audience,
            preflight=shown.preflight,
            note=note.strip()[:LONGEST_WORDS],
            asked_by=by,
            asked_at=now,
        )
        session.add(asked)
        _note(session, by, "ask for approval", number, version, now)
        session.flush()
        return asked.id


def answer_approval(
    db: Database, approval_id: int, seal: Seal, *, yes: bool, words: str, by: str, now: datetime
) -> None:
    """Approve or refuse, once. Who refuses says why.

    Raises NotFound; Refused for who wrote the version or asked; Conflict where it was changed or answered meanwhile.
    """
    with db.write() as session:
        asked = session.get(Approval, approval_id)
        if asked is None:
            raise NotFound("Nobody asked for this approval.")
        version = session.get_one(Version, asked.version_id)
        lock(session, version.bulletin_id)
        session.refresh(version)
        _refuse_own(version, asked, by)
        if not yes and not words.strip():
            raise Refused("A no without a reason helps nobody.", hint="Write what has to be changed.")
        if seal(session, version) != asked.seal:
            raise Conflict("It was changed after the question.", hint="That voids the question; ask anew.")
        said = {"is_approved": yes, "words": words.strip()[:LONGEST_WORDS], "answered_by": by, "answered_at": now}
        open_one = update(Approval).where(Approval.id == approval_id, Approval.is_approved.is_(None))
        if not rows_changed(session, open_one.values(said)):
            raise Conflict(f"{asked.answered_by or 'Somebody'} answered it already.", hint="Nothing was changed.")
        number = session.get_one(Bulletin, version.bulletin_id).number
        _note(session, by, "approve" if yes else "refuse approval", number, version, now)


def may_answer(version: Version, asked: Approval, who: str) -> bool:
    """Whether a colleague is a second pair of eyes: neither wrote the version nor asked."""
    return who.casefold() not in (version.author.casefold(), asked.asked_by.casefold())


def _refuse_own(version: Version, asked: Approval, by: str) -> None:
    if not may_answer(version, asked, by):
        did = "wrote it" if by.casefold() == version.author.casefold() else "asked"
        raise Refused(f"You {did}, so somebody else has to say yes or no.", hint="Four eyes see more than two.")


def _note(session: Session, by: str, act: str, number: str, version: Version, now: datetime) -> None:
    session.add(AuditEntry(at=now, who=by, act=act, subject=f"bulletin {number} version {version.revision}"))
