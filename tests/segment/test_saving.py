"""Saving, deleting, lists, and a bulletin that goes to a segment."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.audience.segment import Rule, candidates, reach
from newsletter.audience.topic import Topic
from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.errors import BadBulletin, BadFile, Conflict, NotFound, Refused
from newsletter.ledger.delivery import Omission
from newsletter.ledger.lookup import why
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run, RunSegment
from newsletter.ledger.start import audience_of, start_due
from newsletter.links import Links
from newsletter.segment.choosing import choose
from newsletter.segment.counting import count_covered, count_people
from newsletter.segment.definition import About, Condition, Definition, How, Node, Not
from newsletter.segment.listing import LARGEST, keep_list, read_values
from newsletter.segment.reading import read_definition
from newsletter.segment.saving import NEW, delete_segment, history, save_segment, saved_segments
from newsletter.segment.table import Listed, Segment, SegmentVersion
from newsletter.staff.audit import AuditEntry
from tests.ledger import stage
from tests.segment import told
from tests.segment.told import Told, agreement, all_, any_, bulletin, country, language, model

TEXT = """---
number: TB-7
title: New grease
class: technical
segment: {key}
{more}language: en
---
Hello, yours: {{{{ serial | "none" }}}}.
"""


@pytest.fixture
def played(db: Database, now: datetime) -> Told:
    with db.write() as session:
        return told.tell(session, now)


def save(db: Database, now: datetime, who: Node, key: str = "ours", seen: int = NEW) -> int:
    return save_segment(db, key, "Our segment", Definition(who), seen=seen, author="mara", now=now)


def text(key: str = "ours", more: str = "") -> str:
    return TEXT.format(key=key, more=more)


def desk(db: Database, links: Links) -> Desk:
    return Desk(db, stage.SENDER, links, choose)


def started(db: Database, links: Links, now: datetime, source: str) -> int:
    run = desk(db, links).order(source, topic="", when=When(now), author="mara", now=now).run
    assert run is not None
    assert start_due(db, "engine", now, choose) == [run]
    return run


@pytest.mark.usefixtures("played")
def test_every_version_is_kept_and_a_colleague_is_not_overwritten(db: Database, now: datetime) -> None:
    assert save(db, now, model("VX-500")) == 1
    assert save(db, now, model("CT-7"), seen=1) == 2
    with pytest.raises(Conflict, match="colleague changed"):
        save(db, now, model("VX-500i"), seen=1)
    with pytest.raises(Conflict, match="already"):
        save(db, now, model("VX-500i"))
    with db.read() as session:
        assert [(one.version, one.author) for one in history(session, "ours")] == [(2, "mara"), (1, "mara")]
        assert [one.name for one in saved_segments(session)] == ["Our segment"]
        assert choose(session, "ours", now).words == "machines of model CT-7"
        assert read_definition(choose(session, "ours", now).definition) == Definition(model("CT-7"))


@pytest.mark.parametrize(
    ("key", "name", "who"),
    [
        pytest.param("", "Name", model("A"), id="no key"),
        pytest.param("A b", "Name", model("A"), id="a key with capitals and spaces"),
        pytest.param("new", "Name", model("A"), id="the address of a page"),
        pytest.param("ours", " ", model("A"), id="no name"),
        pytest.param("ours", "x" * 81, model("A"), id="a long name"),
        pytest.param("ours", "a\0b", model("A"), id="NUL"),
        pytest.param("ours", "Name", Condition(About.LIST, ("gone",)), id="a list that is not there"),
        pytest.param("ours", "Name", Condition(About.LIST, ("recall", "fair")), id="two kinds of lists at once"),
        pytest.param("ours", "Name", Condition(About.MODEL), id="nothing chosen"),
    ],
)
@pytest.mark.usefixtures("played")
def test_what_makes_no_sense_is_not_saved(db: Database, now: datetime, key: str, name: str, who: Node) -> None:
    with pytest.raises(Refused):
        save_segment(db, key, name, Definition(who), seen=NEW, author="mara", now=now)
    with db.read() as session:
        assert session.scalars(select(Segment)).all() == []


WHO = [
    pytest.param((model("VX-500"), "", {"nora", "una", "pia", "ines"}, {"opted_out": 1}), id="machines"),
    pytest.param((all_(model("VX-500"), language("de")), "", {"nora", "ines"}, {}), id="machines and people"),
    pytest.param(
        (Condition(About.TOPIC, ("bulletins",)), "", {"nora", "una", "pia", "ines"}, {"suppressed": 1}),
        id="people alone",
    ),
    pytest.param((country("DE"), "models: VX-500i\n", {"nora", "una", "pia"}, {"opted_out": 1}), id="with models, too"),
    pytest.param((language("de"), "models: CT-7\n", {"nora"}, {}), id="both must match"),
    pytest.param(
        (
            any_(model("VX-500i"), Condition(About.LIST, ("fair",))),
            "",
            {"nora", "una", "pia", "ines"},
            {"opted_out": 1, "suppressed": 1},
        ),
        id="some by machines, some without any",
    ),
    pytest.param((Not(model("VX-500")), "", {"nora", "una", "pia"}, {"opted_out": 1, "suppressed": 1}), id="others"),
    pytest.param((model("XX"), "", set(), {}), id="nobody"),
]


@pytest.mark.parametrize("told_of", WHO)
def test_who_is_counted_is_enrolled(
    db: Database, links: Links, now: datetime, played: Told, told_of: tuple[Node, str, set[str], dict[str, int]]
) -> None:
    who, more, people, left_out = told_of
    save(db, now, who)
    counted = desk(db, links).dry_run(text(more=more), topic="", when=When(now)).reach
    run = started(db, links, now, text(more=more))
    copies = {copy.person_id for copy in stage.copies(db, run)}
    assert {name for name in told.PEOPLE if getattr(played.house, name).id in copies} == people
    with db.read() as session:
        omitted = session.scalars(select(Omission.rule).where(Omission.run_id == run)).all()
        chosen = count_people(session, Definition(who), now)
        kept = session.get_one(RunSegment, run)
    assert (counted.targeted, counted.left_out) == (len(people), left_out)
    assert sorted(omitted) == sorted(rule for rule, count in left_out.items() for _ in range(count))
    assert (kept.key, kept.version, read_definition(kept.definition)) == ("ours", 1, Definition(who))
    if not more:
        assert chosen == len(people) + len(omitted)


def test_a_copy_speaks_of_the_machines_that_were_chosen(
    db: Database, links: Links, now: datetime, played: Told
) -> None:
    save(db, now, all_(model("VX-500"), country("DE")))
    run = started(db, links, now, text())
    copies = {copy.person_id: set(copy.unit_ids) for copy in stage.copies(db, run)}
    house = played.house
    assert copies[house.pia.id] == {house.a100231.id, house.a100500.id}
    assert copies[house.nora.id] == {house.a100231.id}


def test_a_muted_machine_leaves_out_by_its_own_rule_and_having_none_does_not(
    db: Database, now: datetime, played: Told
) -> None:
    save(db, now, any_(model("VX-500"), Condition(About.LIST, ("fair",))))
    with db.write() as session:
        session.add(told.MutedUnit(person_id=played.house.ines.id, unit_id=played.house.a100500.id))
        session.execute(update(told.Suppression).values(lifted_at=now))
    with db.read() as session:
        topic = session.scalars(select(Topic).where(Topic.key == "bulletins")).one()
        audience = audience_of(read_source(text()), topic, None, now, choose(session, "ours", now))
        rules = {row.person_id: row.rule for row in session.execute(candidates(audience))}
        assert rules[played.house.ines.id] == Rule.MACHINES_CHOSEN
        assert rules[played.house.bela.id] is None


def test_a_segment_lives_and_the_run_remembers(db: Database, links: Links, now: datetime, played: Told) -> None:
    save(db, now, model("VX-500i"))
    run = started(db, links, now, text())
    save(db, now, model("CT-7"), seen=1)
    with db.read() as session:
        answer = " ".join(why(session, played.house.nora.address, "TB-7", now, choose).sentences)
        assert "Chosen by the segment 'ours'" in answer
        assert "machines of model VX-500i" in answer
        stranger = " ".join(why(session, played.house.ines.address, "TB-7", now, choose).sentences)
        assert f"not in the segment 'ours' as run {run} was started with it" in stranger


@pytest.mark.parametrize("gone", ["deleted", "unreadable", "its list is gone"])
@pytest.mark.usefixtures("played")
def test_a_segment_that_is_gone_starts_nothing(db: Database, links: Links, now: datetime, gone: str) -> None:
    save(db, now, Condition(About.LIST, ("recall",)))
    run = desk(db, links).order(text(), topic="", when=When(now), author="mara", now=now).run
    with db.write() as session:
        if gone == "deleted":
            session.execute(update(Segment).values(deleted_at=now))
        elif gone == "unreadable":
            session.execute(update(SegmentVersion).values(definition="{}"))
        else:
            session.execute(update(told.SegmentList).where(told.SegmentList.key == "recall").values(key="other"))
    assert start_due(db, "engine", now, choose) == []
    assert stage.copies(db, run or 0) == []
    with db.read() as session:
        assert session.get_one(Run, run).state == "cancelled"
        assert any("'ours'" in act for act in session.scalars(select(AuditEntry.act)))
    with pytest.raises(BadBulletin, match="cannot be used"):
        desk(db, links).dry_run(text(), topic="", when=When(now))


def test_nobody_who_cannot_read_segments_sends_to_everybody(
    db: Database, links: Links, now: datetime, played: Told
) -> None:
    save(db, now, model("VX-500"))
    with pytest.raises(BadBulletin, match="Nobody here"):
        stage.desk(db, links).dry_run(text(), topic="", when=When(now))
    with pytest.raises(BadBulletin, match="Nobody looked up"):
        audience_of(read_source(text()), played.house.bulletins, None, now)


@pytest.mark.usefixtures("played")
def test_one_that_a_scheduled_run_uses_is_not_deleted(db: Database, links: Links, now: datetime) -> None:
    save(db, now, model("VX-500"))
    when = When(now + timedelta(days=1))
    desk(db, links).order(text(), topic="", when=when, author="mara", now=now)
    with pytest.raises(Conflict, match="is scheduled"):
        delete_segment(db, "ours", "mara", now)
    start_due(db, "engine", when.at, choose)
    delete_segment(db, "ours", "mara", now)
    with pytest.raises(NotFound):
        delete_segment(db, "ours", "mara", now)
    with pytest.raises(Conflict, match="already"):
        save(db, now, model("CT-7"))
    with db.read() as session:
        assert saved_segments(session) == []
        assert history(session, "ours") == []


def test_a_list_is_kept_as_it_stands_on_record_and_tells_what_is_unknown(
    db: Database, now: datetime, played: Told
) -> None:
    file = "\ufeffSerial;Model\r\n a100231 ;VX\r\nC 90\r\n\r\nX9;\r\nC90\r\n".encode()
    brought = keep_list(db, "spring", "Spring", Listed.SERIALS, file, author="mara", now=now)
    assert (brought.values, brought.unknown) == (3, ("X9",))
    with db.read() as session:
        assert played.people(session, Condition(About.LIST, ("spring",))) == {"nora", "omar", "una", "pia"}
        covered = count_covered(session, Definition(Condition(About.LIST, ("spring",))), now)
        assert (covered.people, covered.accounts, covered.machines) == (4, 1, 1)
    with pytest.raises(Conflict):
        keep_list(db, "spring", "Again", Listed.ACCOUNTS, b"K1", author="mara", now=now)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Serial\n", id="a heading alone"),
        pytest.param(b"A\0B", id="NUL"),
        pytest.param(b"x" * (LARGEST + 1), id="too large"),
        pytest.param(b"x" * 5_000_000, id="five megabytes"),
        pytest.param(b"x" * 101, id="one long value"),
        pytest.param(b'"' + b"x" * 200_000, id="a quote that never ends"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", id="a picture"),
    ],
)
def test_a_file_that_is_no_list_is_refused(file: bytes) -> None:
    with pytest.raises(BadFile):
        read_values(file)


@pytest.mark.usefixtures("played")
def test_coverage_counts_machines_and_accounts(db: Database, now: datetime) -> None:
    with db.read() as session:
        both = count_covered(session, Definition(model("CT-7")), now)
        assert (both.people, both.accounts, both.machines) == (4, 1, 1)  # nobody stands where the other one is
        silent = count_covered(session, Definition(language("de")), now)
        assert (silent.people, silent.accounts, silent.machines) == (2, 2, 4)
        topic = session.scalars(select(Topic).where(Topic.key == "bulletins")).one()
        save_free = audience_of(read_source(stage.TEXT), topic, None, now)
        assert reach(session, save_free).targeted == 4
        assert count_people(session, Definition(bulletin(How.RECEIVED, "TB-0")), now) == 2
        assert count_people(session, Definition(agreement(How.RUNNING)), now) == 5
