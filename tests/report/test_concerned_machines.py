from datetime import datetime

import pytest

from newsletter.account.product import Product
from newsletter.audience.segment import Audience
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import find
from newsletter.db import Database
from newsletter.ledger.start import audience_of
from newsletter.links import Links
from newsletter.report.concerned_machines import concerned_machines, known_models
from tests import cast
from tests.cast import Cast
from tests.ledger.stage import TEXT, started


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return cast.play(session, now)


def test_machines_of_which_nobody_hears_come_first(db: Database, stage: Cast, now: datetime) -> None:
    with db.read() as session:
        machines = concerned_machines(session, Audience(stage.bulletins.id, ("CT-7", "VX-500"), at=now))
    assert (machines.total, machines.unheard) == (5, 1)
    # Nora, Una and Pia stand at K1; Omar left.
    assert [(m.serial, m.account_number, m.readers) for m in machines.listed] == [
        ("C90", "K4", 0), ("A100900", "K3", 1), ("A100500", "K2", 2), ("C77", "K1", 3), ("A100231", "K1", 3),
    ]  # fmt: skip


def test_who_has_the_bulletin_already_has_heard(db: Database, links: Links, now: datetime, stage: Cast) -> None:
    started(db, links, now)
    source = read_source(TEXT)
    with db.read() as session:
        bulletin = find(session, "TB-1")
        audience = audience_of(source, stage.bulletins, bulletin.id if bulletin else None, now)
        assert concerned_machines(session, audience).unheard == 0


def test_all_are_counted_and_some_are_listed(db: Database, stage: Cast, now: datetime) -> None:
    with db.read() as session:
        machines = concerned_machines(session, Audience(stage.bulletins.id, ("VX-500", "VX-500i"), at=now), limit=1)
    assert (machines.total, len(machines.listed)) == (4, 1)


@pytest.mark.parametrize("models", [(), ("VX-9",)], ids=["no model named", "a model nobody has"])
def test_there_may_be_none(db: Database, stage: Cast, now: datetime, models: tuple[str, ...]) -> None:
    with db.read() as session:
        assert concerned_machines(session, Audience(stage.bulletins.id, models, at=now)).total == 0


def test_a_model_that_a_bulletin_cannot_name_is_not_offered(db: Database, stage: Cast) -> None:
    with db.write() as session:
        session.add(Product(model="VX, red"))
    with db.read() as session:
        assert list(known_models(session)) == ["CT-7", "VX-500", "VX-500i"]
        assert stage.vx500.model == "VX-500"
