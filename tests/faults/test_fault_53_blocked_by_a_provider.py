"""Fault 53: a provider refuses everything of ours (5.7.x): its domain is paused, nobody in it is marked."""

from datetime import timedelta

from sqlalchemy import func, select

from newsletter.audience.suppression import Suppression
from newsletter.ledger.states import State
from newsletter.pace.pause import paused_domains
from newsletter.report.today import today
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over
from tests.faults.smtp_sink import SmtpSink

CROWD = 300
WAITS = {State.WAITING, State.DEFERRED}


def suppressed(stage: Stage) -> int:
    """How many addresses we never write to; the cast has one."""
    with stage.db.read() as session:
        return session.scalar(select(func.count()).select_from(Suppression)) or 0


def all_wait(stage: Stage) -> bool:
    """Whether every copy has its server's word or waits for the end of a pause, and nobody is refused."""
    open_ = [copy for copy in stage.copies().values() if copy.state != State.ACCEPTED]
    return bool(open_) and all(copy.state in WAITS and copy.due_at > stage.clock.now for copy in open_)


def test_the_domain_is_paused_somebody_is_told_and_the_other_domains_go_on(stage: Stage) -> None:
    stage.crowd(CROWD)
    run = stage.order()
    blocked = "550 5.7.1 blocked, see https://postmaster.crowd.example"
    stage.relay.says = lambda at, words: blocked if at == "rcpt" and "@crowd.example" in words else None
    with running(stage.engine(connections=2)):
        wait_until(lambda: all_wait(stage) and stage.states()[State.ACCEPTED] == CAST_SIZE, "all others have it")
        with stage.db.read() as session:
            assert [pause.domain for pause in paused_domains(session, stage.clock.now)] == ["crowd.example"]
            (alert,) = today(session, stage.clock.now).alerts
        assert "crowd.example refuses our mail" in alert.sentence
        assert blocked in alert.sentence
        asked = [words for words in stage.relay.heard if words.startswith("RCPT") and "@crowd.example" in words]
        assert len(asked) < CROWD // 2  # only those in hand when the first was refused
        assert suppressed(stage) == 1
        stage.relay.says = lambda _at, _words: None
        stage.clock.now += timedelta(hours=1, minutes=15)
        wait_until(lambda: is_over(stage, run), "the pause ends and the run with it")
    assert stage.states() == {State.ACCEPTED: CROWD + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}


def test_a_relay_that_blocks_everything_burns_nobody(sqlite_stage: Stage, sink: SmtpSink) -> None:
    stage = sqlite_stage
    stage.crowd(CROWD)
    stage.order()
    sink.start("-f", "RCPT", "-B", "550 5.7.1 blocked")
    with running(engine_for(stage, sink.url)):
        wait_until(lambda: all_wait(stage), "all are put off")
        assert stage.states()[State.ACCEPTED] == 0
    assert suppressed(stage) == 1
