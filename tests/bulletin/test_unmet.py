"""Conditions that nobody fulfils to whom a bulletin goes."""

from datetime import datetime

import pytest

from newsletter.audience.segment import Audience
from newsletter.bulletin.readers import readers
from newsletter.bulletin.source import read_source
from newsletter.bulletin.unmet import conditions_of, unknown_models, unmet
from newsletter.db import Database
from tests import cast

VX500 = ("VX-500",)
# Nora is in K1 (DE), Ines in K2 (DE), Pia in K1, K2 and K3 (US).
CASES = {
    "a model that somebody has": ("model VX-500, XX", VX500, True),
    "a model that nobody has": ("model XX", VX500, False),
    "a model of theirs that it is not about": ("model CT-7", VX500, False),
    "any model, where no letter speaks of machines": ("model VX-500", (), False),
    "not a model that all have": ("not model VX-500", VX500, False),
    "not a model that nobody has": ("not model XX", VX500, True),
    "a serial": ("serial A100500-A100600", VX500, True),
    "a serial of nobody": ("serial A1-A9, B100231", VX500, False),
    "a country": ("country US", VX500, True),
    "a country without machines": ("country US", (), True),
    "a country of nobody": ("country FR", VX500, False),
    "a country that it is not about": ("country US", ("VX-500i",), False),
    "a language": ("language de", VX500, True),
    "a variety of it": ("language de-AT", VX500, False),
    "not a language": ("not language xx", VX500, True),
}


@pytest.mark.parametrize(("condition", "models", "is_met"), CASES.values(), ids=CASES)
def test_what_is_true_of_nobody_is_found(
    db: Database, now: datetime, condition: str, models: tuple[str, ...], *, is_met: bool
) -> None:
    text = f"---\nnumber: TB-1\ntitle: T\nclass: technical\nlanguage: en\n---\nx\n:::if {condition}\ny\n:::"
    conditions = conditions_of(read_source(text))
    with db.write() as session:
        house = cast.play(session, now)
        house.nora.language = "de_CH"
    with db.read() as session:
        found = unmet(session, Audience(house.bulletins.id, models, at=now), conditions)
        assert found == (() if is_met else conditions)
        assert unknown_models(session, conditions) == (("XX",) if "model" in condition and "XX" in condition else ())


def test_a_reader_comes_with_the_countries_a_part_may_be_for(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        found = readers(session, {house.pia.id: (), house.nora.id: [house.a100231.id], house.bela.id: ()})
    assert found[house.pia.id].countries == ("DE", "US")
    assert [machine.country for machine in found[house.pia.id].stands_by] == ["DE", "US"]
    assert [(machine.serial, machine.country) for machine in found[house.nora.id].stands_by] == [("A100231", "DE")]
    assert [(machine.model, machine.country) for machine in found[house.bela.id].stands_by] == [("", "")]
