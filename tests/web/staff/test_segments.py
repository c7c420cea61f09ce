"""The pages of segments, without JavaScript."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.ledger.order import Desk
from newsletter.links import Links
from newsletter.retention.count_reach import count_reach
from newsletter.segment.choosing import choose
from newsletter.segment.definition import Definition, Group, How, Join, Node, Not
from newsletter.segment.reading import read_definition
from newsletter.segment.saving import NEW, save_segment, saved_segments
from newsletter.web.staff.segment_form import as_definition, as_typed
from tests.ledger.stage import SENDER
from tests.segment import told
from tests.segment.told import Told, agreement, all_, any_, bulletin, country, firmware, language, model
from tests.web.staff.colleagues import SITE, token
from tests.web.staff.conftest import Hire

LISTS = "/staff/segments/lists"


@pytest.fixture
def played(sqlite_db: Database, now: datetime) -> Told:
    with sqlite_db.write() as session:
        return told.tell(session, now)


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is signed in, at their browser."""

    browser: FlaskClient

    def get(self, page: str) -> TestResponse:
        return self.browser.get(page, base_url=SITE)

    def post(self, page: str, fields: dict[str, Any]) -> TestResponse:
        held = {"csrf_token": token(self.browser, "/staff/segments"), **fields}
        return self.browser.post(page, base_url=SITE, data=held)


@pytest.fixture
def mara(played: Told, hire: Hire) -> Seat:
    assert played
    return seat(hire, "marketer")


def seat(hire: Hire, duty: str) -> Seat:
    colleague = hire(duty)
    colleague.sign_in()
    return Seat(colleague.browser)


ROW = {"all-join": "all", "b0-join": "all", "b0r0-about": "model", "b0r0-value": "VX-500"}


def form(**fields: object) -> dict[str, object]:
    return {"seen": "0", "key": "ours", "name": "Our <b>segment</b>", "do": "save", **ROW, **fields}


def saved(db: Database, now: datetime, who: Node, *without: Node, key: str = "ours") -> None:
    save_segment(db, key, "Ours", Definition(who, without), seen=NEW, author="mara", now=now)


def test_a_segment_is_built_button_by_button_and_nothing_typed_is_lost(
    mara: Seat, sqlite_db: Database, now: datetime
) -> None:
    first = {"all-join": "all", "b0-join": "all", "b0-new": "model", "name": "Grease", "key": "grease", "seen": "0"}
    page = mara.post("/staff/segments/new", {**first, "do": "add-b0"}).text
    assert 'name="b0r0-about" value="model"' in page
    assert 'value="Grease"' in page
    second = {**first, "b0r0-about": "model", "b0r0-value": ["VX-500", "CT-7"], "b0-new": "agreement"}
    page = mara.post("/staff/segments/new", {**second, "do": "add-b0"}).text
    assert page.count("checked") == 2
    assert 'name="b0r1-about" value="agreement"' in page
    third = {**second, "b0r1-about": "agreement", "b0r1-how": "none", "out-new": "country"}
    page = mara.post("/staff/segments/new", {**third, "do": "add-out"}).text
    assert 'name="outr0-about" value="country"' in page
    whole = {**third, "outr0-about": "country", "outr0-value": "US", "do": "save"}
    answer = mara.post("/staff/segments/new", whole)
    assert (answer.status_code, answer.location) == (303, "/staff/segments/grease")
    with sqlite_db.read() as session:
        definition = read_definition(choose(session, "grease", now).definition)
    assert definition == Definition(all_(model("VX-500", "CT-7"), agreement(How.NONE)), (country("US"),))
    shown = mara.get("/staff/segments/grease").text
    assert "Machines of model VX-500 or CT-7 and without a running agreement, but nobody in United States" in shown


def test_what_is_shown_is_who_is_left_out_and_whom_nobody_reaches(
    mara: Seat, sqlite_db: Database, now: datetime
) -> None:
    saved(sqlite_db, now, model("VX-500"))
    page = mara.get("/staff/segments/ours").text
    assert "<b>5</b> people" in page
    assert "4 people would get a bulletin of the topic “bulletins” now" in page
    assert "The person opted out of this topic" in page
    assert "nora@toolroom-north.example" in page
    assert "Nobody has looked so far" in page
    listed = mara.get("/staff/segments").text
    assert "Machines of model VX-500" in listed
    assert "counted at" in listed


def test_machines_with_an_older_firmware_are_chosen_by_typing_a_version(mara: Seat) -> None:
    firmware = {"b0r0-about": "firmware", "b0r0-how": "below", "b0r0-value": " 4.10 "}
    assert mara.post("/staff/segments/new", form(**firmware)).status_code == 303
    page = mara.get("/staff/segments/ours").text
    assert "Machines with firmware older than 4.10" in page
    assert "<b>1</b> machine" in page
    assert '<option value="below" selected>is older than</option>' in page
    assert 'value="4.10"' in page


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        pytest.param({"key": "No key"}, 400, "short key", id="key"),
        pytest.param({"name": ""}, 400, "needs a name", id="name"),
        pytest.param({"b0r0-value": ""}, 400, "names nothing", id="no model"),
        pytest.param({"b0r0-about": "shoe"}, 400, "no condition yet", id="unknown condition"),
        pytest.param({"b0r0-value": "A\0B"}, 400, "nothing the condition", id="NUL"),
        pytest.param({"b0r0-about": "sign", "b0r0-months": "many"}, 400, "months", id="months"),
        pytest.param({"b0r0-about": "sign", "b0r0-months": "9" * 900}, 400, "months", id="very many months"),
        pytest.param({"b0r0-about": "serials", "b0r0-value": "A9-A1"}, 400, "from low to high", id="range"),
        pytest.param({"b0r0-about": "firmware", "b0r0-value": "1,2", "b0r0-how": "from"}, 400, "several", id="two"),
        pytest.param({"b0r0-about": "list", "b0r0-value": "gone"}, 400, "no list", id="list"),
        pytest.param({"seen": "7"}, 409, "colleague changed", id="changed meanwhile"),
        pytest.param({"b0r0-value": "x" * 1_900_000}, 400, "nothing the condition", id="two megabytes"),
    ],
)
def test_nonsense_is_refused_beside_what_was_typed(
    mara: Seat, sqlite_db: Database, fields: dict[str, str], status: int, said: str
) -> None:
    answer = mara.post("/staff/segments/new", form(**fields))
    assert (answer.status_code, said in answer.text) == (status, True)
    if "name" not in fields:
        assert "Our &lt;b&gt;segment&lt;/b&gt;" in answer.text
    with sqlite_db.read() as session:
        assert saved_segments(session) == []


def test_five_megabytes_are_refused_in_words(mara: Seat) -> None:
    assert mara.post("/staff/segments/new", form(name="x" * 5_000_000)).status_code == 413


def test_the_count_is_a_part_of_the_page_and_writes_nothing(mara: Seat) -> None:
    part = mara.get("/staff/segments/count?all-join=all&b0-join=all&b0r0-about=model&b0r0-value=CT-7").text
    assert "<html" not in part
    assert "<b>4</b> people" in part
    assert "no condition yet" in mara.get("/staff/segments/count").text
    quick = mara.get("/staff/segments/count?b0-join=all&b0r0-about=model&b0r0-value=CT-7&quick=yes").text
    assert "<b>4</b> people" in quick
    assert "accounts" not in quick
    assert "no condition yet" in mara.get("/staff/segments/count?quick=yes").text


def test_one_that_is_used_is_not_deleted_and_another_is(
    mara: Seat, sqlite_db: Database, links: Links, now: datetime
) -> None:
    saved(sqlite_db, now, model("VX-500"))
    saved(sqlite_db, now, model("CT-7"), key="used")
    text = "---\nnumber: TB-9\ntitle: Oil\nclass: technical\nsegment: used\nlanguage: en\n---\nHello."
    desk = Desk(sqlite_db, SENDER, links, choose)
    desk.order(text, topic="", when=When(now + timedelta(days=1)), author="mara", now=now)
    refused = mara.post("/staff/segments/used/delete", {})
    assert (refused.status_code, "is scheduled" in refused.text) == (409, True)
    assert mara.post("/staff/segments/ours/delete", {}).status_code == 303
    assert mara.get("/staff/segments/ours").status_code == 404
    assert mara.post("/staff/segments/ours/delete", {}).status_code == 404
    for key in ("none", "a%00b", "x" * 3000):
        assert mara.get(f"/staff/segments/{key}").status_code == 404


def test_a_list_is_brought_and_tells_each_unknown_value(mara: Seat) -> None:
    def bring(octets: bytes, key: str = "spring") -> TestResponse:
        file = (io.BytesIO(octets), "list.csv", "text/csv")
        return mara.post(LISTS, {"key": key, "name": "Spring", "kind": "serials", "file": file})

    page = bring(b"serial\nA100231\nX<1>\n")
    assert "X&lt;1&gt;" in page.text
    assert "2 values" in page.text
    assert bring(b"A100231").status_code == 409
    assert bring(b"", "empty").status_code == 400
    assert mara.post(LISTS, {"key": "a", "name": "b", "kind": "serials"}).status_code == 400
    assert bring(b"A100231", "all-known").status_code == 303
    assert "Spring" in mara.get("/staff/segments").text


def test_the_call_list_names_whom_nobody_reaches(mara: Seat, sqlite_db: Database, now: datetime) -> None:
    saved(sqlite_db, now, model("CT-7"))
    saved(sqlite_db, now, language("de"), key="people")
    count_reach(sqlite_db, now)
    page = mara.get("/staff/segments/ours").text
    assert "1 machine of these we reach nobody about" in page
    assert "Nobody stands there on record" in page
    file = mara.get("/staff/segments/ours/calls.csv")
    assert file.content_type.startswith("text/csv")
    assert "K4" in file.text
    assert "K1" not in file.text
    assert mara.get("/staff/segments/people/calls.csv").status_code == 404


def test_a_bulletin_is_given_a_segment_in_its_form(mara: Seat, sqlite_db: Database, now: datetime) -> None:
    saved(sqlite_db, now, all_(model("VX-500"), language("de")))
    assert '<option value="ours">Ours</option>' in mara.get("/staff/bulletins/new").text
    fields = {"number": "TB-5", "title-0": "Oil", "klass": "technical", "topic": "bulletins", "segment": "ours"}
    answer = mara.post("/staff/bulletins/new", {**fields, "language-0": "en", "markdown-0": "Hello."})
    assert answer.status_code == 303
    assert '<option value="ours" selected>Ours</option>' in mara.get("/staff/bulletins/TB-5/edit").text
    page = mara.get("/staff/bulletins/TB-5").text
    assert "machines of model VX-500 and whose readers read German" in page
    assert "2 people get it" in page
    assert "in the segment ours" in mara.get("/staff/bulletins/TB-5/send").text
    assert "A100231" in mara.get("/staff/bulletins/TB-5/machines").text
    other = {**fields, "number": "TB-6", "segment": "gone", "language-0": "en", "markdown-0": "Hi"}
    gone = mara.post("/staff/bulletins/new", other)
    assert gone.status_code == 400
    assert "There is no segment" in gone.text


@pytest.mark.parametrize("duty", ["service", "sales"])
def test_others_look_and_do_not_build(played: Told, hire: Hire, duty: str) -> None:
    assert played
    colleague = seat(hire, duty)
    assert colleague.get("/staff/segments").status_code == 200
    assert colleague.get("/staff/segments/new").status_code == 403
    assert colleague.post("/staff/segments/new", ROW).status_code == 403


@pytest.mark.parametrize(
    "definition",
    [
        Definition(model("A")),
        Definition(Not(model("A")), (country("JP"), Not(language("de")))),
        Definition(all_(model("A", "B"), agreement(How.ENDS, 3))),
        Definition(any_(firmware(How.PLAIN, "4.2", "4.10"), firmware(How.BELOW, "4.10"))),
        Definition(any_(all_(model("A"), language("de")), Not(any_(country("JP"), bulletin(How.CLICKED, "TB-1"))))),
        Definition(any_(model("A"), all_(model("B"), Not(language("en"))))),
    ],
)
def test_what_the_form_wrote_it_shows_again(definition: Definition) -> None:
    shown = as_typed(definition)
    assert shown is not None
    assert as_definition(shown) == definition


def test_what_is_nested_deeper_is_not_changed_by_being_looked_at() -> None:
    assert as_typed(Definition(all_(any_(all_(model("A"), model("B")), model("C")), model("D")))) is None
    assert as_typed(Definition(Group(Join.ALL, (Not(Not(model("A"))),)))) is None
