"""Trying two variants from the pages: seen, ordered by a rule, watched, chosen by hand, told afterwards."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from newsletter.bulletin.trial import Measure
from newsletter.bulletin.write import write
from newsletter.hit.hit import Hit
from newsletter.ledger.confirm import mark
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.sample import Sample
from newsletter.ledger.start import start_due
from newsletter.ledger.trial import RunTrial
from newsletter.ledger.trial_deciding import decide_due
from newsletter.ledger.wave_opening import open_due
from newsletter.results.tried import halves
from tests.ledger.stage import TEXT
from tests.ledger.trials import good, send_all
from tests.web.staff.bulletins.newsroom import Newsroom, value, words

PAGE, SEND = "/staff/bulletins/TB-1", "/staff/bulletins/TB-1/send"
FIELDS = ("seen", "at", "zone", "grace", "tried", "wait", "measure")
TWO = TEXT.replace("title: Lubrication\n", "title: Lubrication\nb.title: Half the grease\n").replace(
    "Hello {{ name }}", ":::variant b\nShort: half.\n:::\nHello {{ name }}"
)


@pytest.fixture(autouse=True)
def _written(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("sqlite_room" if "sqlite_room" in request.fixturenames else "room").written(TWO)


def ordered(room: Newsroom, **more: str) -> int:
    asked = room.open(f"{SEND}?{urlencode(more)}")
    answer = room.post(SEND, **{name: value(asked, name) for name in FIELDS})
    assert answer.status_code == 303, words(answer)
    return int(answer.location.rpartition("/")[2])


def begun(room: Newsroom, **more: str) -> int:
    run = ordered(room, **more)
    assert start_due(room.db, "engine", room.now) == [run]
    return run


def test_the_page_of_a_bulletin_shows_both_variants_as_somebody_gets_them(room: Newsroom) -> None:
    page = room.get(PAGE)
    assert "Subject: Lubrication" in page
    assert "Subject: Half the grease" in page
    reader = room.cast.nora.id
    assert "Short: half." not in room.get(f"{PAGE}/letter?reader={reader}")
    assert "Short: half." in room.get(f"{PAGE}/letter?reader={reader}&variant=b")
    assert "Short: half." not in room.get(f"{PAGE}/letter?reader={reader}&variant=c")


def test_the_second_look_says_the_rule_and_what_it_can_find_before_anything_is_ordered(room: Newsroom) -> None:
    page = room.get(SEND)
    assert "20 % try it, half a and half b; after 4 hours the rest get the one more often opened by people" in page
    assert "4 hours after the sample has gone out, once, the share of copies opened by people is compared." in page
    assert "The sample is too small to find a likely difference." in page
    run = ordered(room, tried="50", wait="2", measure="opt-outs")
    with room.db.read() as session:
        trial = session.get_one(RunTrial, run)
        assert (trial.share, trial.wait, trial.measure) == (5_000, 7_200, Measure.OPT_OUTS)
    assert "The rule, as it stood before anything was sent: 2 hours after" in room.get(f"/staff/runs/{run}")


@pytest.mark.parametrize(
    "asked",
    [{"tried": "0"}, {"tried": "x"}, {"wait": "-1"}, {"measure": "luck"}, {"waves": "10 %, 4 h, rest"}],
    ids=["nobody tries", "no number", "no time", "no measure", "with waves"],
)
def test_a_trial_that_is_none_is_refused_beside_the_form(sqlite_room: Newsroom, asked: dict[str, str]) -> None:
    page = sqlite_room.open(f"{SEND}?{urlencode(asked)}", 400)
    for name, said in asked.items():
        if name in ("tried", "wait"):
            assert value(page, name) == said
    seen = value(sqlite_room.open(SEND), "seen")
    fields = {"tried": "20", "wait": "4", "measure": "clicks", "seen": seen} | asked
    assert sqlite_room.post(SEND, **fields).status_code == 400
    assert sqlite_room.count(Run) == 0


def test_a_bulletin_that_lost_its_variants_meanwhile_is_not_tried(sqlite_room: Newsroom) -> None:
    with sqlite_room.db.write() as session:
        seen = mark(session, write(session, TEXT, "mara", sqlite_room.now))
    answer = sqlite_room.post(SEND, tried="20", wait="4", measure="clicks", seen=seen)
    assert answer.status_code == 400
    assert "one variant only" in words(answer)
    assert sqlite_room.count(Run) == 0
    sqlite_room.open(f"{SEND}?tried=20&wait=4&measure=clicks", 400)


def test_a_test_mail_goes_out_in_both_variants(sqlite_room: Newsroom) -> None:
    answer = sqlite_room.post(f"{PAGE}/test", address="ada@vendor.example", reader=sqlite_room.cast.nora.id)
    assert answer.status_code == 303, words(answer)
    with sqlite_room.db.read() as session:
        assert list(session.scalars(select(Sample.variant).order_by(Sample.id))) == ["a", "b"]
    assert "A test of each variant goes to" in sqlite_room.get(PAGE)


def test_while_it_runs_both_halves_stand_side_by_side_and_looking_decides_nothing(room: Newsroom) -> None:
    run = begun(room, tried="75")
    send_all(room.db, room.now)
    page = room.get(f"/staff/runs/{run}")
    assert "Nothing is decided so far" in page
    assert "looking decides nothing" in page
    assert "Opened by people decides 0 of 2" in page
    assert "Send the rest a now Send the rest b now" in page
    assert "Send the rest now" not in page
    assert "Nothing is decided so far" in room.get(f"/staff/runs/{run}/results")


def test_a_colleague_chooses_before_the_end_and_it_is_told_as_that(room: Newsroom) -> None:
    run = begun(room, tried="50")
    send_all(room.db, room.now)
    assert room.post(f"/staff/runs/{run}/variant", variant="c").status_code == 400
    assert room.post(f"/staff/runs/{run}/variant", variant="b").status_code == 303
    assert room.post(f"/staff/runs/{run}/variant", variant="a").status_code == 409
    page = room.get(f"/staff/runs/{run}")
    assert "The rest gets b. Chosen by ada@vendor.example before the end." in page
    assert send_all(room.db, room.now) == {"b": 2}
    assert "Chosen by ada@vendor.example" in room.get(f"/staff/runs/{run}/results")


def test_only_marketers_choose(room: Newsroom) -> None:
    run = begun(room)
    other = room.hire("service")
    assert other.post(f"/staff/runs/{run}/variant", variant="b").status_code == 403
    assert "Send the rest b now" not in other.get(f"/staff/runs/{run}")


def test_a_click_of_a_person_counts_for_the_variant_of_their_copy_and_of_a_program_for_none(room: Newsroom) -> None:
    run = begun(room, tried="100", wait="1")
    send_all(room.db, room.now)
    with room.db.write() as session:
        copies = session.execute(
            select(Delivery.id, Batch.variant).join(
                Batch, (Batch.run_id == Delivery.run_id) & (Batch.number == Delivery.batch)
            )
        ).all()
        of = {name: [id_ for id_, variant in copies if variant == name] for name in "ab"}
        for copy, verdict, later in (
            (of["b"][0], "human", 1),
            (of["b"][0], "human", 2),
            (of["a"][0], "machine", 1),
            (of["a"][1], "human", 90),
        ):
            at = room.now + timedelta(minutes=later)
            session.add(Hit(at=at, method="GET", kind="done", delivery_id=copy, verdict=verdict))
    with room.db.read() as session:
        seen = halves(session, run, Measure.CLICKS, room.now + timedelta(hours=1))
    assert ((seen.a.answered, seen.a.asked), (seen.b.answered, seen.b.asked)) == ((0, 2), (1, 2))


def test_the_decision_stands_on_the_pages_with_its_reason(room: Newsroom) -> None:
    run = begun(room, tried="50")
    send_all(room.db, room.now)
    open_due(room.db, "engine", room.now, good)
    later = room.now + timedelta(hours=4)
    assert decide_due(room.db, "engine", later, halves) == [run]
    open_due(room.db, "engine", later, good)
    for page in (room.get(f"/staff/runs/{run}"), room.get(f"/staff/runs/{run}/results")):
        assert "The rest gets a. No difference can be told from chance, so a goes on." in page
        assert "95 % interval" in page


def test_preflight_looks_at_both_variants_and_names_the_one_that_is_wrong(sqlite_room: Newsroom) -> None:
    text = TWO.replace("Short: half.", "![](https://vendor.example/x.png)").replace("TB-1", "TB-3")
    sqlite_room.written(text)
    assert "Variant b:" in sqlite_room.get("/staff/bulletins/TB-3/preflight")
