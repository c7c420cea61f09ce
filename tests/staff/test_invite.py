from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import BadAddress, BadToken
from newsletter.staff.audit import AuditEntry
from newsletter.staff.invitation import Invitation
from newsletter.staff.invite import invite, invited, set_password
from newsletter.staff.sign_in import LONGEST, is_signed_in, sign_in, sign_out
from newsletter.staff.user import Duty, Role, User

ADA = "ada@vendor.example"


def who(db: Database, token: str, now: datetime) -> str:
    with db.read() as session:
        return invited(session, token, now).email


def the_colleague(db: Database) -> User:
    with db.read() as session:
        return session.scalars(select(User)).one()


def test_a_new_colleague_has_a_link_duties_and_no_password(db: Database, now: datetime) -> None:
    token = invite(db, " Ada@Vendor.Example ", [Duty.SERVICE], now)
    ada = the_colleague(db)
    assert (ada.email, ada.password, [role.name for role in ada.roles]) == (ADA, None, ["service"])
    assert len(token) == 43
    assert who(db, token, now) == ADA


def test_the_database_does_not_hold_the_token(db: Database, now: datetime) -> None:
    token = invite(db, ADA, [Duty.SERVICE], now)
    with db.read() as session:
        kept = session.scalars(select(Invitation)).one()
        assert token not in str(vars(kept))
        assert {role.name for role in session.scalars(select(Role))} == set(Duty)


def test_a_known_colleague_gains_duties_and_keeps_the_password_until_a_new_one_is_set(
    db: Database, now: datetime
) -> None:
    set_password(db, invite(db, ADA, [Duty.SERVICE], now), "hash one", now)
    invite(db, ADA, [Duty.SERVICE, Duty.MARKETER], now)
    ada = the_colleague(db)
    assert ({role.name for role in ada.roles}, ada.password) == ({"service", "marketer"}, "hash one")


def test_a_link_works_once(db: Database, now: datetime) -> None:
    token = invite(db, ADA, [], now)
    set_password(db, token, "hash", now)
    with pytest.raises(BadToken):
        set_password(db, token, "another", now)
    assert the_colleague(db).password == "hash"


def test_of_eight_at_once_one_sets_the_password(db: Database, now: datetime) -> None:
    token = invite(db, ADA, [], now)

    def attempt(number: int) -> bool:
        try:
            set_password(db, token, f"hash {number}", now)
        except BadToken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert won.count(True) == 1
    assert the_colleague(db).password == f"hash {won.index(True)}"


@pytest.mark.parametrize(
    ("later", "works"),
    [pytest.param(timedelta(days=6, hours=23), True, id="in time"), pytest.param(timedelta(days=7), False, id="late")],
)
def test_a_link_is_good_for_seven_days(db: Database, now: datetime, later: timedelta, *, works: bool) -> None:
    token = invite(db, ADA, [], now)
    if works:
        assert who(db, token, now + later) == ADA
    else:
        with pytest.raises(BadToken, match="newsletter user add"):
            who(db, token, now + later)


def test_a_newer_link_ends_an_older_one(db: Database, now: datetime) -> None:
    older = invite(db, ADA, [], now)
    newer = invite(db, ADA, [], now)
    assert who(db, newer, now) == ADA
    with pytest.raises(BadToken):
        who(db, older, now)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "ä" * 43, "A" * 100_000])
def test_a_made_up_link_opens_nothing(db: Database, now: datetime, token: str) -> None:
    invite(db, ADA, [], now)
    with pytest.raises(BadToken):
        who(db, token, now)


def test_a_colleague_who_was_shut_out_cannot_come_back_by_link(db: Database, now: datetime) -> None:
    token = invite(db, ADA, [], now)
    with db.write() as session:
        session.scalars(select(User)).one().active = False
    with pytest.raises(BadToken):
        who(db, token, now)


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@vendor.example", "ada@vendor.example\nBcc: x@y.example"])
def test_what_is_no_address_is_refused(db: Database, now: datetime, email: str) -> None:
    with pytest.raises(BadAddress):
        invite(db, email, [], now)


def test_a_new_password_ends_every_sign_in(db: Database, now: datetime) -> None:
    invite(db, ADA, [], now)
    ada = the_colleague(db)
    keys = [sign_in(db, ada.id, now) for _ in range(2)]
    set_password(db, invite(db, ADA, [], now), "hash", now)
    with db.read() as session:
        assert [is_signed_in(session, ada.id, key, now) for key in keys] == [False, False]
    assert the_colleague(db).fs_uniquifier != ada.fs_uniquifier


def test_signing_out_ends_one_sign_in(db: Database, now: datetime) -> None:
    invite(db, ADA, [], now)
    ada = the_colleague(db)
    here, there = sign_in(db, ada.id, now), sign_in(db, ada.id, now)
    sign_out(db, here, now)
    sign_out(db, "made up", now)
    with db.read() as session:
        assert not is_signed_in(session, ada.id, here, now)
        assert is_signed_in(session, ada.id, there, now)
        assert not is_signed_in(session, ada.id, there, now + LONGEST)
        assert not is_signed_in(session, ada.id + 1, there, now)


def test_who_was_invited_by_whom_is_written_down(db: Database, now: datetime) -> None:
    set_password(db, invite(db, ADA, [], now, by="root@vendor.example"), "hash", now)
    with db.read() as session:
        entries = [(entry.who, entry.act, entry.subject) for entry in session.scalars(select(AuditEntry))]
    assert entries == [("root@vendor.example", "invited", ADA), (ADA, "set password", ADA)]
