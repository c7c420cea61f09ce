from datetime import datetime, timedelta

import pytest

from newsletter.db import Database
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.part import MOST_PIECES, next_accounts
from tests import cast


@pytest.fixture
def stage(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


def parts(db: Database, most: int, pieces: int = MOST_PIECES) -> list[list[int]]:
    found, after = list[list[int]](), 0
    with db.read() as session:
        while ids := next_accounts(session, after, most, pieces=pieces):
            found.append(list(ids))
            after = ids[-1]
    return found


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_every_account_is_in_one_part(db: Database, stage: cast.Cast, most: int) -> None:
    found = parts(db, most)
    every = [id_ for ids in found for id_ in ids]
    assert every == sorted(set(every))
    assert stage.north.id in every
    assert max(map(len, found)) == min(most, len(every))


def test_an_account_of_which_much_was_told_is_a_part_of_its_own(db: Database, stage: cast.Cast, now: datetime) -> None:
    with db.write() as session:
        for days in range(5):
            seen = Observation(
                key=f"report {days}", account_id=stage.north.id, unit_id=stage.a100231.id, person_id=None,
                kind=Kind.TELEMETRY, says=None, detail="", observed_at=now - timedelta(days=days), source="hub",
            )  # fmt: skip
            note(session, seen, now)
    assert parts(db, 100, pieces=3)[0] == [stage.north.id]
    assert len(parts(db, 100)) == 1
