"""Letters that are no bulletin: each leaves soon, once, signed, and says what it is."""

import re
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.engine.recover import recover_dead
from newsletter.message.dkim_key import DkimKey, Kind
from newsletter.pace.pause import pause_domain, paused_domains, resume_domain
from newsletter.post.due import LEASE, LEFT_BEHIND, has_due, next_try, take_due
from newsletter.post.post import post, take_back
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Button, Strong, Wording, Writer
from tests.engine.relay import HANG_UP
from tests.engine.stage import FROM, Stage, engine_process, running, wait_until

ACME = Writer(FROM.vendor, FROM.address, FROM.reply_address, FROM.postal_address)
WORDING = Wording(
    "You are off the list.",
    (Strong("You are off the list."), Button("Stop these mails", "https://a.example/b")),
    "Why.",
)


def posted(stage: Stage, key: str = "k", to: str = "jo@crowd.example", kind: str = "receipt", **more: object) -> bool:
    with stage.db.write() as session:
        return post(
            session,
            key=key,
            kind=kind,
            address=to,
            person_id=None,
            language="en",
            wording=WORDING,
            values={},
            house=ACME,
            now=stage.clock.now,
            **more,  # type: ignore[arg-type] # of the named arguments
        )


def letter(stage: Stage, key: str = "k") -> PostedLetter:
    with stage.db.read() as session:
        return session.scalars(select(PostedLetter).where(PostedLetter.key == key)).one()


def state(stage: Stage, key: str = "k") -> str:
    return letter(stage, key).state


def settled(stage: Stage, key: str = "k") -> bool:
    return letter(stage, key).settled_at is not None


def test_a_letter_leaves_at_once_and_its_text_is_forgotten(stage: Stage) -> None:
    with running(stage.engine(connections=2)):
        time.sleep(0.5)
        assert posted(stage)
        began = time.monotonic()
        wait_until(lambda: stage.relay.taken, "the letter arrives")
        assert time.monotonic() - began < 3
        wait_until(lambda: settled(stage), "the letter is settled")
        assert not posted(stage)
        time.sleep(0.7)
    row = letter(stage)
    assert (row.state, row.tried, row.outcome) == (LetterState.SENT, 1, "250 2.0.0 taken")
    assert (row.text, row.html) == ("", "")
    assert stage.relay.copies["jo@crowd.example"] == 1


def test_rfc_3834_5_a_letter_says_that_nobody_wrote_it_and_comes_from_a_path_of_its_own(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    posted(stage, leave_link="https://a.example/leave/x")
    posted(stage, "answer", in_reply_to="<m@x.example>")
    with running(stage.engine()):
        wait_until(lambda: len(stage.relay.taken) == 2, "both arrive")
    first, answer = (message_from_bytes(message.octets) for message in stage.relay.taken)
    assert first.get_all("Auto-Submitted") == ["auto-generated"]
    assert first["List-Unsubscribe"] == "<https://a.example/leave/x>"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert answer.get_all("Auto-Submitted") == ["auto-replied"]
    assert (answer["In-Reply-To"], answer["List-Unsubscribe"]) == ("<m@x.example>", None)
    paths = [line for line in stage.relay.heard if line.startswith("MAIL")]
    assert all(re.match(r"MAIL FROM:<letter\+[a-z2-7]+@acme\.example>", path) for path in paths)


def test_a_letter_is_signed(sqlite_stage: Stage, tmp_path: Path) -> None:
    stage = sqlite_stage
    (tmp_path / "s1._domainkey.acme.example.pem").write_bytes(DkimKey.new(Kind.RSA).pem)
    engine = stage.engine()
    engine.signer = stage.signer(tmp_path)
    posted(stage)
    with running(engine):
        wait_until(lambda: stage.relay.taken, "the letter arrives")
    assert "d=acme.example" in message_from_bytes(stage.relay.taken[0].octets)["DKIM-Signature"]


def test_fault_08_a_letter_that_was_put_off_is_tried_again_and_taken_once(stage: Stage) -> None:
    stage.relay.says = lambda at, _: "450 4.2.0 greylisted" if at == "rcpt" and stage.clock.now < later else None
    later = stage.clock.now + timedelta(minutes=5)
    posted(stage)
    with running(stage.engine()):
        for tried in range(1, 3):
            wait_until(lambda tried=tried: letter(stage).tried == tried and state(stage) == "waiting", "put off")
            stage.clock.forward(minutes=2**tried)
        wait_until(lambda: settled(stage), "the letter is taken")
    assert (state(stage), letter(stage).tried) == (LetterState.SENT, 3)
    assert len({message.message_id for message in stage.relay.taken}) == len(stage.relay.taken) == 1


def test_a_letter_is_refused_with_the_servers_words(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.relay.says = lambda at, _: "550 5.1.1 no such person" if at == "rcpt" else None
    posted(stage)
    with running(stage.engine()):
        wait_until(lambda: settled(stage), "the letter is settled")
    assert (state(stage), letter(stage).outcome, letter(stage).text) == ("refused", "550 5.1.1 no such person", "")


def test_a_letter_nobody_could_be_written_to_does_not_keep_the_next_from_leaving(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    posted(stage, "bad", "no address")
    posted(stage)
    with running(stage.engine()):
        wait_until(lambda: settled(stage), "the good one is sent")
    assert (state(stage, "bad"), state(stage)) == ("refused", "sent")


def test_a_letter_waits_while_the_relay_is_away(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.relay.close()
    posted(stage)
    with running(stage.engine()) as engine:
        wait_until(engine.trouble, "the trouble is seen")
        assert (state(stage), letter(stage).tried) == ("waiting", 0)
        stage.relay.open()
        wait_until(lambda: settled(stage), "the letter is sent")
    assert state(stage) == "sent"


def test_a_line_lost_before_the_message_puts_off_and_after_it_leaves_doubt(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    posted(stage, "before", "before@crowd.example")
    posted(stage, "after", "after@crowd.example")
    stage.relay.says = lambda at, words: (
        HANG_UP if (at == "rcpt" and "before" in words) or (at == "dot" and "after" in words) else None
    )
    with running(stage.engine()):
        wait_until(lambda: settled(stage, "after") and letter(stage, "before").tried, "both were tried")
        time.sleep(0.7)
    assert (state(stage, "before"), state(stage, "after")) == ("waiting", "in_doubt")
    assert stage.relay.copies == {"after@crowd.example": 1}


def test_fault_02_a_letter_whose_engine_was_killed_on_the_wire_is_in_doubt_and_not_sent_again(stage: Stage) -> None:
    stage.clock.now = datetime(2020, 1, 1, tzinfo=UTC)  # long due: the process goes by the real clock
    posted(stage)
    on_wire: list[str] = []
    stage.relay.says = lambda at, _: on_wire.append(at) or time.sleep(1) if at == "dot" else None  # type: ignore[func-returns-value] # both give nothing
    with engine_process(stage.environment()) as process:
        wait_until(lambda: on_wire, "the letter is on the wire")
        process.kill()
        process.wait()
    assert state(stage) == "trying"
    recover_dead(stage.db, stage.folder, stage.clock.now)
    assert (state(stage), letter(stage).outcome, letter(stage).html) == ("in_doubt", LEFT_BEHIND, "")
    with running(stage.engine()):
        time.sleep(0.7)
    assert stage.relay.copies["jo@crowd.example"] == 1


def test_a_letter_left_behind_on_another_machine_is_in_doubt_when_its_lease_is_over(stage: Stage) -> None:
    posted(stage)
    with stage.db.write() as session:
        assert take_due(session, "elsewhere", stage.clock.now) is not None
    stage.clock.now += LEASE
    with stage.db.read() as session:
        assert not has_due(session, stage.clock.now)
    stage.clock.forward(seconds=1)
    with running(stage.engine()):
        wait_until(lambda: settled(stage), "the letter is in doubt")
    assert state(stage) == "in_doubt"
    assert stage.relay.taken == []


def test_fault_11_two_engines_send_each_letter_once(stage: Stage) -> None:
    with running(stage.engine(connections=3)), running(stage.engine(connections=3)):
        for number in range(30):
            posted(stage, f"k{number}", f"p{number}@crowd.example")
        wait_until(lambda: all(settled(stage, f"k{number}") for number in range(30)), "all are sent")
    assert set(stage.relay.copies.values()) == {1}
    assert len(stage.relay.taken) == 30


def test_a_letter_is_not_sent_before_its_time_nor_after_its_reader_left(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    posted(stage, due_at=stage.clock.now + timedelta(hours=1), leave_link="https://a.example/leave/x")
    with stage.db.write() as session:
        session.scalars(select(PostedLetter)).one().person_id = 7
    with running(stage.engine()):
        time.sleep(0.5)
        assert stage.relay.taken == []
        with stage.db.write() as session:
            assert take_back(session, 7, stage.clock.now) == 1
        stage.clock.forward(hours=2)
        time.sleep(0.5)
    assert (state(stage), stage.relay.taken) == ("taken_back", [])


@pytest.mark.parametrize(("tried", "minutes"), [(1, 1), (2, 2), (8, 128), (9, 240), (24, 240)])
def test_a_letter_waits_ever_longer(stage: Stage, tried: int, minutes: int) -> None:
    assert next_try(tried, stage.clock.now) == stage.clock.now + timedelta(minutes=minutes)


def test_a_letter_is_given_up_after_three_days(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.relay.says = lambda at, _: "451 4.3.0 later" if at == "rcpt" else None
    posted(stage)
    with stage.db.write() as session:
        session.scalars(select(PostedLetter)).one().tried = 40
    with running(stage.engine()):
        wait_until(lambda: settled(stage), "it is given up")
    assert (state(stage), letter(stage).outcome, letter(stage).text) == ("given_up", "451 4.3.0 later", "")


LEAVE = "https://a.example/leave/x"
BLOCKED = "550 5.7.1 blocked by our policy"


def test_rfc_2919_a_digest_belongs_to_one_list_and_no_other_letter_does(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    posted(stage, kind="digest", leave_link=LEAVE)
    posted(stage, "check-in", kind="check-in", leave_link=LEAVE)
    with running(stage.engine()):
        wait_until(lambda: len(stage.relay.taken) == 2, "both arrive")
    digest, other = (message_from_bytes(message.octets) for message in stage.relay.taken)
    assert digest.get_all("List-Id") == ["Acme digest <topics.digest.acme.example>"]
    assert digest.get_all("List-Unsubscribe") == [f"<{LEAVE}>"]
    assert digest.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert (digest["List-Post"], digest["Precedence"]) == ("NO", "bulk")
    assert digest["List-Help"] == digest["List-Owner"] == "<mailto:service@acme.example>"
    assert (other["List-Id"], other["List-Unsubscribe"]) == (None, f"<{LEAVE}>")


def test_fault_53_letters_to_a_paused_domain_wait_and_the_others_go(stage: Stage) -> None:
    with stage.db.write() as session:
        pause_domain(session, "crowd.example", "they asked", by="mara", now=stage.clock.now)
    posted(stage, "digest", kind="digest", leave_link=LEAVE)
    posted(stage, "confirm", to="jo@Crowd.example")
    posted(stage, "other", to="jo@elsewhere.example")
    with running(stage.engine()):
        wait_until(lambda: settled(stage, "other") and letter(stage, "confirm").outcome, "one goes, two are looked at")
        assert list(stage.relay.copies) == ["jo@elsewhere.example"]
        held = letter(stage, "digest")
        assert (held.state, held.tried) == ("waiting", 0)
        assert held.outcome == "Nothing goes to crowd.example now: they asked"
        with stage.db.write() as session:
            resume_domain(session, "crowd.example", by="mara", now=stage.clock.now)
        stage.clock.forward(minutes=16)
        wait_until(lambda: settled(stage, "digest") and settled(stage, "confirm"), "they go after all")
    assert stage.relay.copies["jo@crowd.example"] == 1


def test_fault_53_a_block_by_the_provider_pauses_the_domain_and_burns_no_digest(stage: Stage) -> None:
    stage.relay.says = lambda at, _: BLOCKED if at == "rcpt" and stage.clock.now < later else None
    later = stage.clock.now + timedelta(minutes=61)
    posted(stage, "a", to="a@crowd.example", kind="digest", leave_link=LEAVE)
    posted(stage, "b", to="b@crowd.example", kind="digest", leave_link=LEAVE)
    with running(stage.engine()):
        wait_until(lambda: letter(stage, "b").outcome and letter(stage, "a").outcome, "the first is refused")
        with stage.db.read() as session:
            assert [pause.domain for pause in paused_domains(session, stage.clock.now)] == ["crowd.example"]
        assert {state(stage, "a"), state(stage, "b")} == {"waiting"}
        assert sum("RCPT" in line for line in stage.relay.heard) == 1
        stage.clock.forward(minutes=62)
        wait_until(lambda: settled(stage, "a") and settled(stage, "b"), "both go when it is over")
    assert {state(stage, "a"), state(stage, "b")} == {LetterState.SENT}


def test_fault_53_a_stranger_cannot_have_a_provider_paused(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.relay.says = lambda at, _: BLOCKED if at == "rcpt" else None
    posted(stage)
    with running(stage.engine()):
        wait_until(lambda: settled(stage), "the letter is refused")
    with stage.db.read() as session:
        assert not paused_domains(session, stage.clock.now)
