"""The gate in an engine as its users start it."""

import time

from sqlalchemy.orm import Session

from config import Config
from newsletter.bulletin.approve import Shown, answer_approval, ask_for_approval
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.write import newest_of, topic_of
from newsletter.clock import utc_now
from newsletter.ledger.gate import Gate
from newsletter.ledger.run import RunState
from newsletter.links import Links
from newsletter.tokens import Signer
from tests.engine.stage import Stage, engine_process, wait_until


def test_an_engine_starts_no_run_that_waits_for_a_second_colleague(stage: Stage) -> None:
    stage.crowd(2)
    run = stage.order(at=utc_now())
    free = stage.order("safety", number="SB-1", at=utc_now())
    settings = stage.environment(approval='["technical"]', sender_address="news@acme.example")
    config = Config(sender_address="news@acme.example")
    gate = Gate(config.sender, Links("http://127.0.0.1", Signer((b"k" * 40,))), (BulletinClass.TECHNICAL,))

    def seal(session: Session, version: Version) -> str:
        source = read_source(version.source)
        return gate.seal(session, version, source, topic_of(session, source))

    with engine_process(settings):
        wait_until(lambda: stage.run(free).state == RunState.FINISHED, "the run that needs nobody is over")
        time.sleep(1.5)  # the engine looks every second
        assert stage.run(run).state == RunState.SCHEDULED
        with stage.db.read() as session:
            shown = Shown(seal(session, newest_of(session, "TB-1")), 2, "fine")
        question = ask_for_approval(stage.db, "TB-1", shown, seal, note="", by="Ann", now=stage.clock.now)
        answer_approval(stage.db, question, seal, yes=True, words="", by="Ben", now=stage.clock.now)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the approved run is over")
