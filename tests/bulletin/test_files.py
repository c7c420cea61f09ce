"""Files that go with a bulletin."""

import tracemalloc
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from newsletter.bulletin.compose import Press
from newsletter.bulletin.files import digests, discard_file, files_for, need_files
from newsletter.bulletin.preflight import Facts
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.enclosure.keep_file import keep_file
from newsletter.errors import BadBulletin, Conflict, NotFound
from newsletter.links import Links
from newsletter.message.attachment import Attachment, attach
from newsletter.message.mime import to_bytes
from tests.bulletin.drafts import codes, draft, findings, press_of
from tests.bulletin.test_octets import told
from tests.bulletin.test_readings import NORA, READERS, TEXT

FILES = attach(
    [
        Attachment("service-letter.pdf", "application/pdf", b"%PDF-" + bytes(range(256))),
        Attachment("ö.txt", "text/plain", b""),
    ]
)
WITH_FILES = draft().replace("class:", "attach: a.pdf, b.txt\nclass:")


def with_files(links: Links, text: str = TEXT) -> Press:
    return replace(press_of(text, links), files=FILES)


@pytest.mark.parametrize(("reader", "_told"), READERS.values(), ids=READERS)
def test_both_letters_carry_the_same_files(reader: object, _told: object, links: Links, now: datetime) -> None:
    press = with_files(links)
    ids = {"person_id": 5, "delivery_id": 2**40, "date": now}
    sent, looked_at = press.octets(reader, **ids), to_bytes(press.letter(reader, **ids))
    messages = [message_from_bytes(raw, policy=policy.default) for raw in (sent, looked_at)]
    for message in messages:
        assert isinstance(message, EmailMessage)
        assert [(part.get_filename(), len(part.get_payload(decode=True))) for part in message.iter_attachments()] == [
            ("service-letter.pdf", 261), ("ö.txt", 0)
        ]  # fmt: skip
        assert [defect for part in message.walk() for defect in part.defects] == []
    bodies = [[part.get_payload(decode=True) for part in message.walk()] for message in messages]
    assert bodies[0] == bodies[1]
    assert {name for name, _ in messages[0].items()} == {name for name, _ in messages[1].items()}


def test_without_files_both_letters_are_what_they_were(links: Links, now: datetime) -> None:
    press = press_of(TEXT, links)
    ids = {"person_id": 5, "delivery_id": 1, "date": now}
    assert told(press.octets(NORA, **ids)) == told(to_bytes(press.letter(NORA, **ids)))


def test_a_press_holds_the_octets_of_a_file_once(links: Links, now: datetime) -> None:
    press = replace(press_of(TEXT, links), files=attach([Attachment("a.pdf", "application/pdf", bytes(3_000_000))]))
    ids = {"person_id": 5, "delivery_id": 1, "date": now}
    press.octets(NORA, **ids)
    tracemalloc.start()
    try:
        for reader, _ in READERS.values():
            assert len(press.octets(reader, **ids)) > 4_000_000
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_files_are_named_each_once_and_few() -> None:
    source = read_source(WITH_FILES)
    assert [(name.value, name.line) for name in source.attach] == [("a.pdf", 5), ("b.txt", 5)]
    for wrong, said in (("a.pdf, a.pdf", "attached twice"), ("a, b, c, d, e, f", "More than 5")):
        with pytest.raises(BadBulletin, match=said) as refused:
            read_source(WITH_FILES.replace("a.pdf, b.txt", wrong))
        assert refused.value.line == 5


def test_a_bulletin_needs_the_files_that_it_names(db: Database, now: datetime) -> None:
    keep = {"author": "mara", "now": now}
    source = read_source(WITH_FILES)
    keep_file(db, b"%PDF-", "a.pdf", **keep)
    with db.read() as session, pytest.raises(BadBulletin, match=r"no file 'b\.txt'") as refused:
        need_files(session, source)
    assert (refused.value.line, refused.value.column) == (5, 16)
    keep_file(db, b"x", "b.txt", **keep)
    with db.read() as session:
        assert files_for(session, source).octets.count(b"filename=") == 2
        before = digests(session, source)
    with db.write() as session:
        write(session, WITH_FILES, "mara", now)
    with pytest.raises(Conflict, match="used in TB-1"):
        discard_file(db, "a.pdf", "mara", now)
    with pytest.raises(NotFound):
        discard_file(db, "c.pdf", "mara", now)
    with db.write() as session:
        write(session, draft(), "mara", now)
    discard_file(db, "a.pdf", "mara", now)
    keep_file(db, b"%PDF-2", "a.pdf", **keep)
    with db.read() as session:
        assert digests(session, source)[0] != before[0]


def test_files_that_are_too_much_for_a_letter_are_refused(db: Database, now: datetime) -> None:
    for name in ("a.pdf", "b.txt"):
        content = b"%PDF-" + bytes(4_300_000) if name == "a.pdf" else b"x" * 4_300_000
        keep_file(db, content, name, author="mara", now=now)
    with db.read() as session, pytest.raises(BadBulletin, match=r"8\.6 MB together"):
        need_files(session, read_source(WITH_FILES))


def test_preflight_says_what_they_weigh_for_everybody(links: Links) -> None:
    light = findings(WITH_FILES, links, Facts(targeted=9, files={"a.pdf": 90_000}))
    assert "files" in codes(light, "fine")
    heavy = findings(WITH_FILES, links, Facts(targeted=12_000, files={"a.pdf": 900_000, "b.txt": 9_000}))
    (finding,) = [one for one in heavy if one.code == "files-heavy"]
    assert finding.sentence == ("a.pdf, b.txt make every letter 1.2 MB larger, with 12,000 people 14.9 GB to send.")
    assert finding.line == 5
