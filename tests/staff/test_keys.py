from datetime import datetime

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.staff.keys import add_token, revoke, token_scope
from newsletter.staff.token import ApiToken, Scope


def scope(db: Database, key: str) -> str | None:
    with db.read() as session:
        return token_scope(session, key)


def test_a_key_opens_what_it_was_made_for(db: Database, now: datetime) -> None:
    key = add_token(db, "crm", Scope.READ, now)
    assert scope(db, key) == Scope.READ
    assert len(key) == 43


def test_the_database_does_not_hold_the_key(db: Database, now: datetime) -> None:
    key = add_token(db, "crm", Scope.READ, now)
    with db.read() as session:
        assert key not in str(vars(session.scalars(select(ApiToken)).one()))


@pytest.mark.parametrize("key", ["", "x", "\x00", "\ud800", "A" * 100_000])
def test_a_made_up_key_opens_nothing(db: Database, now: datetime, key: str) -> None:
    add_token(db, "crm", Scope.READ, now)
    assert scope(db, key) is None


def test_taking_back_a_systems_keys_leaves_the_others(db: Database, now: datetime) -> None:
    crm = [add_token(db, "crm", Scope.READ, now) for _ in range(2)]
    erp = add_token(db, "erp", Scope.READ, now)
    assert revoke(db, "crm", now) == 2
    assert [scope(db, key) for key in (*crm, erp)] == [None, None, Scope.READ]
    with pytest.raises(NotFound):
        revoke(db, "crm", now)
