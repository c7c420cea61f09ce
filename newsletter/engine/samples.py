"""Sending test mails. Each goes out at most once: a colleague who misses one asks again."""

from dataclasses import replace

from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.engine.choosing import choose
from newsletter.engine.outcome import words_of
from newsletter.engine.press import addressed
from newsletter.engine.send import Sender
from newsletter.errors import NewsletterError
from newsletter.ledger.preview import preview
from newsletter.ledger.sample import Sample, has_sample, take_sample
from newsletter.ledger.start import audience_of, chosen_by
from newsletter.message.letter import Letter, Mailbox
from newsletter.smtp.envelope import Envelope


def send_samples(sender: Sender) -> None:
    """Send the test mails that wait, over this sender's connection."""
    while not sender.stopping and (sample := _take(sender)):
        outcome = _sent(sender, sample)
        with sender.counter.db.write() as session:
            row = session.get_one(Sample, sample.id)
            row.outcome, row.settled_at = outcome, sender.counter.clock()


def has_sample_waiting(sender: Sender) -> bool:
    """Whether a test mail waits."""
    with sender.counter.db.read() as session:
        return has_sample(session)


def _take(sender: Sender) -> Sample | None:
    if not has_sample_waiting(sender):
        return None
    with sender.counter.db.write() as session:
        return take_sample(session, sender.counter.engine)


def _sent(sender: Sender, sample: Sample) -> str:
    try:
        with sender.counter.db.read() as session:
            letter = _letter(sender, session, sample)
        envelope, octets = addressed(letter, Envelope(sender.presses.sender.reply_address, sample.address))
        signer = sender.signer()
        if signer is not None:
            octets = signer.sign(octets, sender.counter.clock())
        if not sender.lines.is_open():
            return sender.lines.trouble
        return words_of(sender.lines.send_sample(envelope, octets))
    except NewsletterError as error:
        return str(error)


def _letter(sender: Sender, session: Session, sample: Sample) -> Letter:
    press = sender.presses.of_version(session, sample.version_id, sample.topic_id, f"sample{sample.id}", sample.variant)
    version = session.get_one(Version, sample.version_id)
    now = sender.counter.clock()
    source = read_source(version.source, sample.variant)
    chosen = chosen_by(session, source, choose, now)
    audience = audience_of(source, session.get_one(Topic, sample.topic_id), None, now, chosen)
    letter = preview(session, press, audience, sample.as_person_id, now)
    stamp = f"{sample.id}.{sample.asked_at.timestamp():.0f}"
    return replace(
        letter,
        to=Mailbox("", sample.address),
        subject=f"[Test{f' {sample.variant}' if sample.variant else ''}] {letter.subject}",
        message_id=letter.message_id.replace("<", f"<{stamp}.", 1),
    )
