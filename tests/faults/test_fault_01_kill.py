"""Fault 1: an engine killed at any moment of a run; the long trial is `bin/soak kill`."""

import random
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.db import Database
from tests.bench import crowd
from tests.faults.trial import Trial
from tests.faults.verdict import judge

PEOPLE, KILLS = 300, 3


def test_an_engine_killed_at_any_moment_loses_nobody_and_doubles_only_what_it_shows_as_in_doubt(
    db: Database, tmp_path: Path
) -> None:
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    crowd.settle(db, PEOPLE, utc_now())
    trial = Trial(db, tmp_path / "trial", PEOPLE, pause=0.002)
    with trial.going(), trial.people_leaving(chance, 5, 0.05):
        for kill in range(1, KILLS + 1):
            with trial.engine() as engine:
                trial.wait_for_mail(kill * PEOPLE // (KILLS + 2))
                engine.kill()
        with trial.engine():
            trial.wait_for_the_end()
        verdict = judge(trial, most_in_doubt=KILLS * trial.connections)
    assert verdict.wrong == ()
    assert verdict.left == 5
