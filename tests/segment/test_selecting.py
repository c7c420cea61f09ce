"""Whom each condition chooses, and that combining them obeys the laws of sets."""

import random
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.segment.choosing import select_of
from newsletter.segment.conditions import Known, Place
from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Node, Not
from newsletter.segment.table import Listed
from tests.segment import told
from tests.segment.told import Told, agreement, all_, any_, bulletin, country, firmware, language, model

EVERYBODY = set(told.PEOPLE)
KNOWN_LISTS = {"recall": (0, Listed.SERIALS), "fair": (0, Listed.ACCOUNTS)}


def on_list(*keys: str) -> Condition:
    return Condition(About.LIST, keys)


@pytest.mark.parametrize(
    ("node", "people"),
    [
        pytest.param(Condition(About.TOPIC, ("bulletins",)), "nora una pia ines bela", id="topic, not who left it"),
        pytest.param(Condition(About.TOPIC, ("safety",)), "nora", id="another topic"),
        pytest.param(Condition(About.TOPIC, ("safety", "gone")), "nora", id="a topic that is gone"),
        pytest.param(model("VX-500"), "nora omar una pia ines", id="model"),
        pytest.param(model("VX-500i", "CT-7"), "nora omar una pia", id="one of two models"),
        pytest.param(model("none"), "", id="a model nobody has"),
        pytest.param(Condition(About.SERIALS, ("A100500-A100900",)), "pia ines", id="serial range"),
        pytest.param(Condition(About.SERIALS, ("C77",)), "nora omar una pia", id="one serial"),
        pytest.param(Condition(About.SERIALS, ("A1-A9", "C77")), "nora omar una pia", id="two ranges"),
        pytest.param(firmware(How.PLAIN, "v4.10"), "pia ines", id="firmware, however spelled"),
        pytest.param(firmware(How.BELOW, "4.10"), "nora omar una pia", id="older firmware, by number"),
        pytest.param(firmware(How.FROM, "4.3"), "nora omar una pia ines", id="newer firmware"),
        pytest.param(firmware(How.PLAIN, "4.10"), "pia ines", id="firmware without what stands before it"),
        pytest.param(firmware(How.PLAIN, "FW 4-02", "9"), "nora omar una pia", id="one of two versions"),
        pytest.param(firmware(How.PLAIN, "-"), "pia", id="firmware that is no version, as it is spelled"),
        pytest.param(firmware(How.PLAIN, "--"), "", id="another that is no version"),
        pytest.param(firmware(How.BELOW, "4.2"), "", id="not older than itself, and unknown is neither"),
        pytest.param(firmware(How.PLAIN, "PLC 4.10", "FW 4.2"), "nora omar una pia", id="not that of a part unnamed"),
        pytest.param(firmware(How.BELOW, "HMI 9"), "", id="older, but not known to be of that part"),
        pytest.param(firmware(How.FROM, "4.11"), "", id="not newer, and unknown is neither"),
        pytest.param(all_(firmware(How.FROM, "4.3"), agreement(How.NONE)), "nora omar una pia", id="that very machine"),
        pytest.param(country("DE"), "nora omar una pia ines", id="country"),
        pytest.param(country("US"), "pia", id="a fitter stands in two countries"),
        pytest.param(language("de"), "nora ines", id="language, whatever its region"),
        pytest.param(language("de-AT"), "ines", id="language of a region"),
        pytest.param(agreement(How.RUNNING), "nora omar una pia ines", id="agreement runs"),
        pytest.param(agreement(How.NONE), "nora omar una pia", id="a machine without"),
        pytest.param(agreement(How.ENDS, 2), "pia ines", id="agreement ends within two months, or today"),
        pytest.param(agreement(How.ENDS, 1), "pia", id="agreement ends today"),
        pytest.param(Condition(About.VERDICT, ("in_use",)), "nora omar una pia", id="in use"),
        pytest.param(Condition(About.VERDICT, ("backup", "not_in_use")), "pia ines", id="back-up or gone"),
        pytest.param(Condition(About.VERDICT, ("unknown",)), "nora omar una pia", id="never judged is unknown"),
        pytest.param(Condition(About.SIGN, how=How.YOUNGER, months=12), "nora omar una pia", id="heard of"),
        pytest.param(Condition(About.SIGN, how=How.OLDER, months=12), "nora omar una pia ines", id="silent, or never"),
        pytest.param(all_(model("VX-500"), Condition(About.SIGN, how=How.OLDER, months=24)), "", id="silent for long"),
        pytest.param(Condition(About.REASON, ("backup",)), "una", id="reason"),
        pytest.param(Condition(About.REASON, ("not_used",)), "omar", id="the last of two reasons"),
        pytest.param(Condition(About.REASON, ("too_many",)), "", id="a reason that was changed"),
        pytest.param(bulletin(How.RECEIVED, "TB-0"), "nora pia", id="received, not refused"),
        pytest.param(bulletin(How.CLICKED, "TB-0"), "pia", id="clicked, by no machine and on no trap"),
        pytest.param(bulletin(How.RECEIVED, "TB-9"), "", id="a bulletin that is not there"),
        pytest.param(on_list("recall"), "nora omar una pia", id="list of serials"),
        pytest.param(on_list("fair"), "pia ines bela", id="list of accounts"),
        pytest.param(Not(model("VX-500")), "nora omar una pia bela", id="a machine of another model, or none at all"),
        pytest.param(Not(country("DE")), "pia bela", id="not in a country"),
        pytest.param(Not(language("de")), "omar una pia bela", id="not in a language"),
        pytest.param(
            all_(model("VX-500"), agreement(How.NONE)), "", id="of one and the same machine: each VX-500 has one"
        ),
        pytest.param(all_(model("VX-500i"), agreement(How.NONE)), "nora omar una pia", id="model without agreement"),
        pytest.param(all_(model("VX-500"), country("US")), "pia", id="model in a country"),
        pytest.param(all_(model("VX-500"), language("de")), "nora ines", id="model and language"),
        pytest.param(any_(language("de"), on_list("fair")), "nora pia ines bela", id="a person or an account"),
        pytest.param(
            all_(any_(language("de"), country("US")), any_(model("CT-7"), bulletin(How.CLICKED, "TB-0"))),
            "nora pia",
            id="two choices between people and machines",
        ),
        pytest.param(any_(model("VX-500"), Not(model("VX-500"))), " ".join(EVERYBODY), id="everybody"),
        pytest.param(all_(language("de"), Not(language("de"))), "", id="nobody"),
    ],
)
def test_each_condition_chooses_by_name(db: Database, now: datetime, node: Node, people: str) -> None:
    with db.write() as session:
        played = told.tell(session, now)
        assert played.people(session, node) == set(people.split())


@pytest.mark.parametrize(
    ("definition", "people", "units"),
    [
        pytest.param(Definition(model("VX-500")), "nora omar una pia ines", "a100231 a100500 a100900", id="model"),
        pytest.param(Definition(language("de")), "nora ines", None, id="about no machine"),
        pytest.param(
            Definition(model("VX-500"), (country("US"),)),
            "nora omar una ines",
            "a100231 a100500",
            id="who stands in a country is left out altogether",
        ),
        pytest.param(
            Definition(all_(model("VX-500"), Not(country("US")))),
            "nora omar una pia ines",
            "a100231 a100500",
            id="only a machine in a country is",
        ),
        pytest.param(
            Definition(model("VX-500"), (language("de"), on_list("fair"))),
            "omar una",
            "a100231 a100900",
            id="two exclusions",
        ),
        pytest.param(
            Definition(any_(model("CT-7"), language("de"))), "nora omar una pia ines", None, id="a machine, or not"
        ),
        pytest.param(Definition(country("DE")), "nora omar una pia ines", "a100231 a103000 c77 a100500", id="country"),
    ],
)
def test_exclusions_and_machines(
    db: Database, now: datetime, definition: Definition, people: str, units: str | None
) -> None:
    with db.write() as session:
        played = told.tell(session, now)
        assert played.people(session, definition) == set(people.split())
        assert played.units(session, definition) == (None if units is None else set(units.split()))


LEAVES = (
    model("VX-500"),
    model("CT-7", "VX-500i"),
    agreement(How.RUNNING),
    Condition(About.VERDICT, ("unknown",)),
    country("DE"),
    on_list("fair"),
    on_list("recall"),
    language("de"),
    Condition(About.TOPIC, ("bulletins",)),
    bulletin(How.RECEIVED, "TB-0"),
    firmware(How.BELOW, "4.10"),
)


def _grouped(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    groups = st.builds(Group, st.sampled_from(Join), st.lists(parts, min_size=1, max_size=3).map(tuple))
    return st.one_of(groups, parts.map(Not))


NODES: st.SearchStrategy[Node] = st.recursive(st.sampled_from(LEAVES), _grouped, max_leaves=6)


class Rows:
    """Every person, account and machine there, one by one, and what is true of them: what the SQL must agree with."""

    def __init__(self, session: Session, played: Told) -> None:
        self.session, self.played = session, played
        self.truth = {leaf: self._true_of(leaf) for leaf in LEAVES}
        self.rows = list(self._all())

    def _true_of(self, leaf: Condition) -> tuple[Place, set[object]]:
        place = Known(self.played.now, KNOWN_LISTS).place_of(leaf)
        found = select_of(self.session, Definition(leaf), self.played.now)
        chosen = {Place.PERSON: found.people, Place.ACCOUNT: found.accounts, Place.MACHINE: found.units}[place]
        assert chosen is not None
        return place, set(self.session.scalars(chosen))

    def _all(self) -> Iterator[dict[Place, int]]:
        house = self.played.house
        stands = {
            "nora": [house.north], "omar": [house.north], "una": [house.north], "ines": [house.gears],
            "pia": [house.north, house.gears, house.valves], "bela": [house.rim],
        }  # fmt: skip
        units = [getattr(house, name) for name in told.UNITS]
        for name, accounts in stands.items():
            for account in accounts:
                there = [unit.id for unit in units if unit.account_id == account.id] or [0]
                for unit_id in there:
                    person_id = getattr(house, name).id
                    yield {Place.PERSON: person_id, Place.ACCOUNT: account.id, Place.MACHINE: unit_id}

    def holds(self, node: Node, row: dict[Place, int]) -> bool:
        match node:
            case Condition():
                place, true_of = self.truth[node]
                return row[place] in true_of
            case Not(part):
                return not self.holds(part, row)
            case Group(join, parts):
                return (all if join is Join.ALL else any)(self.holds(part, row) for part in parts)

    def people(self, definition: Definition) -> set[str]:
        def of(node: Node) -> set[int]:
            return {row[Place.PERSON] for row in self.rows if self.holds(node, row)}

        found = of(definition.who).difference(*(of(node) for node in definition.without))
        return {name for name in told.PEOPLE if getattr(self.played.house, name).id in found}


def test_combining_is_what_it_is_row_by_row(db: Database, now: datetime) -> None:
    with db.write() as session:
        played = told.tell(session, now)
        rows = Rows(session, played)

        @settings(max_examples=120, suppress_health_check=list(HealthCheck))
        @given(NODES, st.lists(NODES, max_size=2))
        def agrees(who: Node, without: list[Node]) -> None:
            definition = Definition(who, tuple(without))
            assert played.people(session, definition) == rows.people(definition)

        agrees()


def test_the_laws_of_sets_and_the_order_of_conditions(db: Database, now: datetime) -> None:
    with db.write() as session:
        played = told.tell(session, now)

        @settings(max_examples=60, suppress_health_check=list(HealthCheck))
        @given(NODES, NODES, NODES, st.randoms(use_true_random=False))
        def hold(one: Node, two: Node, three: Node, order: random.Random) -> None:
            parts = [one, two, three]
            order.shuffle(parts)
            for join in Join:
                assert people(Group(join, (one, two, three))) == people(Group(join, tuple(parts)))
            assert people(any_(one, two)) == people(one) | people(two)
            assert people(all_(one, two)) <= people(one) & people(two)
            assert people(Not(all_(one, two))) == people(any_(Not(one), Not(two)))
            assert people(Not(Not(one))) == people(one)
            assert people(any_(one, Not(one))) == EVERYBODY
            assert people(all_(one, Not(one))) == set()
            assert played.people(session, Definition(one, (two,))) == people(one) - people(two)

        def people(node: Node) -> set[str]:
            return played.people(session, node)

        hold()


def test_who_stands_at_no_account_is_chosen_by_what_they_have_not(db: Database, now: datetime) -> None:
    with db.write() as session:
        played = told.tell(session, now)
        session.query(told.Affiliation).filter_by(person_id=played.house.bela.id).delete()
        assert "bela" in played.people(session, Not(country("DE")))
        assert "bela" in played.people(session, Not(model("VX-500")))
        assert "bela" not in played.people(session, country("DE"))


def test_a_segment_that_is_too_tangled_is_refused_in_words(sqlite_db: Database, now: datetime) -> None:
    choice = [any_(language(code), model(code.upper()), country(code.upper())) for code in ("de", "en", "fr", "it")]
    with sqlite_db.write() as session, pytest.raises(Refused, match="too tangled"):
        select_of(session, Definition(all_(*choice)), now)
