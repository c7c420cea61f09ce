"""Letters with pictures and files on their way."""

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import When
from newsletter.bulletin.write import write
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.enclosure.attachment import AttachedFile
from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.keep_file import keep_file
from newsletter.enclosure.keep_picture import keep_picture
from newsletter.engine.setter import refuse_elsewhere, set_elsewhere
from newsletter.errors import BadBulletin
from newsletter.ledger.gate import Gate
from newsletter.ledger.order import Desk
from newsletter.ledger.run import RunState
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Kind
from newsletter.smtp.relay import Relay as RelayAddress
from tests import cast, relay_sink
from tests.engine.stage import FROM, Stage, running, wait_until
from tests.engine.test_signing import RSA, is_signed_by, put
from tests.smtp.scripted_server import FAREWELL, ScriptedServer, hear, hear_chunk, say, session

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 600
TEXT = """---
number: TB-1
title: Grease
class: technical
attach: Öl.pdf
language: en
---
Grease it.

![Where]({picture})

:::if not country US
Only outside the US.
:::
"""


def enclosed(db: Database, now: datetime) -> str:
    """The text of a bulletin with a picture, a file and a condition."""

    def draw(_octets: bytes) -> Drawn:
        return Drawn(b"drawn", "image/png", 1200, 600)

    name = keep_picture(db, b"\x89PNG\r\n\x1a\n", "Where", author="mara", now=now, draw=draw).name
    keep_file(db, PDF, "Öl.pdf", author="mara", now=now)
    return TEXT.replace("{picture}", f"picture:{name}")


def order(stage: Stage, text: str) -> int:
    now = stage.clock.now
    run = Desk(stage.db, FROM, stage.links).order(text, topic="", when=When(now), author="Ann", now=now).run
    assert run is not None
    return run


def test_a_signed_letter_with_a_file_arrives_whole(stage: Stage, tmp_path: Path) -> None:
    put(tmp_path / "keys", "r1", RSA)
    stage.crowd(12)
    order(stage, enclosed(stage.db, stage.clock.now))
    stage.start_due()
    engine = stage.engine(utc_now)
    engine.signer, engine.setter = stage.signer(tmp_path / "keys"), set_elsewhere
    with running(engine):
        wait_until(stage.all_accepted, "all are sent")
    assert len(stage.relay.taken) >= 12
    for taken in stage.relay.taken:
        assert is_signed_by(taken.octets, "r1")
        message = message_from_bytes(taken.octets, policy=policy.default)
        assert isinstance(message, EmailMessage)
        (file,) = message.iter_attachments()
        assert (file.get_filename(), file.get_payload(decode=True)) == ("Öl.pdf", PDF)
        html = message.get_body(("html",))
        assert html is not None
        said = html.get_content()
        assert f'src="{stage.links.pictures}' in said
        assert ("Only outside the US" in said) == (not taken.to.startswith("pia"))


def test_a_file_that_is_gone_when_a_run_comes_due_keeps_it_from_starting(
    db: Database, links: Links, now: datetime
) -> None:
    """As after a restored backup: nothing that a bulletin names can be deleted here."""
    stage = Stage(db, relay_sink.RelaySink(), _Still(now), links, Path())  # type: ignore[arg-type] # no relay is asked
    stage.crowd(1)
    run = order(stage, enclosed(db, now))
    with db.write() as session:
        session.delete(session.get_one(AttachedFile, "Öl.pdf"))
    assert start_due(db, "engine", now, gate=Gate(FROM, links, refuse=refuse_elsewhere)) == []
    assert stage.run(run).state == RunState.CANCELLED


def test_another_file_under_the_same_name_voids_an_approval(db: Database, links: Links, now: datetime) -> None:
    gate = Gate(FROM, links)
    keep_file(db, PDF, "Öl.pdf", author="mara", now=now)
    with db.write() as session:
        topic = cast.play(session, now).bulletins
        version = write(session, TEXT.replace("![Where]({picture})", ""), "mara", now)
        before = gate.seal(session, version, read_source(version.source), topic)
        session.delete(session.get_one(AttachedFile, "Öl.pdf"))
    keep_file(db, PDF + b"!", "Öl.pdf", author="mara", now=now)
    with db.read() as session:
        assert gate.seal(session, version, read_source(version.source), topic) != before


class _Still:
    def __init__(self, now: datetime) -> None:
        self.now = now


def test_a_picture_that_is_not_there_is_found_before_anything_is_ordered(stage: Stage) -> None:
    stage.crowd(1)
    text = enclosed(stage.db, stage.clock.now).replace("-1200x600", "-1200x601")
    with pytest.raises(BadBulletin, match="There is no picture") as refused:
        order(stage, text)
    assert refused.value.line == 10


LARGE = b"Subject: large\r\n\r\n" + (b"." * 76 + b"\r\n") * 140_000


def sent(ours: Client) -> Kind:
    copy = Copy(1, Envelope("bounce@acme.example", "anna@example.com"), LARGE)
    ((_, outcome),) = ours.send_all([copy], before_dot=lambda _key: None)
    return outcome.kind


def test_eleven_megabytes_go_by_data_to_a_server_that_somebody_else_wrote() -> None:
    with relay_sink.running() as sink, Client(RelayAddress("127.0.0.1", sink.port)) as ours:
        assert sent(ours) == Kind.ACCEPTED
    (taken,) = sink.messages
    assert taken.content == LARGE
    assert any(option.startswith("SIZE=") for option in taken.options)


def test_eleven_megabytes_go_by_bdat_octet_for_octet() -> None:
    chunks = -(-len(LARGE) // 262_144)
    script = [
        *session("PIPELINING", "CHUNKING"),
        hear("MAIL FROM:.*"),
        hear("RCPT TO:.*"),
        say("250 ok", "250 ok"),
        hear_chunk,
        say("250 first line"),
        *(step for _ in range(chunks) for step in (hear_chunk, say("250 ok"))),
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, Client(RelayAddress("127.0.0.1", server.port)) as ours:
        assert sent(ours) == Kind.ACCEPTED
    said = b"".join(line.partition(b"\r\n")[2] for line in server.heard if line.startswith(b"BDAT"))
    assert said == LARGE


def test_a_relay_that_takes_less_says_so_and_the_copy_is_not_tried_for_ever() -> None:
    script = [
        *session("PIPELINING", "SIZE 1000"),
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, Client(RelayAddress("127.0.0.1", server.port)) as ours:
        assert sent(ours) == Kind.REFUSED
