"""Fault 9: a relay that takes ten seconds for each recipient."""

from sqlalchemy import select

from newsletter.ledger.run import Batch
from newsletter.ledger.states import State
from newsletter.smtp.timeouts import Timeouts
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import engine_for
from tests.faults.smtp_sink import SmtpSink

BATCHES = 4


def test_the_other_relay_goes_on_and_the_slow_one_has_no_more_than_its_connections(
    sqlite_stage: Stage, sink: SmtpSink
) -> None:
    stage = sqlite_stage
    stage.crowd(500 * BATCHES)
    stage.order()
    sink.start("-p", "-W", "RCPT:10")  # with pipelining smtp-sink answers DATA before the RCPT it delays
    relays = (f"{sink.url}?name=slow&connections=1", f"{stage.relay.url}?name=quick")
    with running(engine_for(stage, *relays, timeouts=Timeouts())):
        wait_until(lambda: len(stage.relay.taken) >= 500 * (BATCHES - 1), "the others have it")
        with stage.db.read() as session:
            leased = session.scalars(select(Batch.number).where(Batch.lease_until.is_not(None))).all()
        assert len(leased) <= 2  # one a connection
        sink.stop()  # else our end would wait for its ten seconds
    assert set(stage.relay.copies.values()) == {1}
    assert stage.states().keys() <= {State.ACCEPTED, State.WAITING, State.DEFERRED}
