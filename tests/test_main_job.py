"""The main job from end to end, from outside: real processes, and what they say over HTTP and on the command line."""

import csv
import json
import os
import random
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.running_house import HOUSE, Mail, RunningHouse, children, lives, running, wait_until

BULLETINS = Path(__file__).parent / "main_job"
JOERG, MAIKE, CARLA = "weiss@lindental.example", "maike@lindental.example", "carla@valseria.example"
ENCODINGS = {
    JOERG: ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    CARLA: (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ),
}
CROWD = 1500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says to a client that keeps no cookie and follows nothing."""

    status: int
    headers: dict[str, str]
    text: str


def ask(method: str, url: str, body: bytes = b"", kind: str = "", **headers: str) -> Answer:
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=120)
    sent = {"Content-Type": kind} if kind else {}
    connection.request(method, f"{where.path}?{where.query}", body or None, {**sent, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)


def post(url: str, **fields: str) -> Answer:
    return ask("POST", url, urlencode(fields).encode(), "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house on its first day, once everybody of the demo has mail."""
    with running(tmp_path_factory.mktemp("house")) as house:
        wait_until(lambda: {mail.to for mail in house.mails()} >= due(), "the demo arrives")
        yield house


def due() -> set[str]:
    """Who agreed and works where a machine stands that the demo bulletin is about."""
    with (HOUSE / "demo" / "installed_base.csv").open(newline="", encoding="utf-8-sig") as export:
        rows = list(csv.DictReader(export, delimiter=";"))
    concerned = {row["Customer no."] for row in rows if row["Machine"] in {"VX-500", "VX-500i"}}
    return {row["E-mail"] for row in rows if row["Newsletter"] == "y" and row["Customer no."] in concerned}


@pytest.fixture(scope="module")
def first(house: RunningHouse) -> dict[str, Mail]:
    """The demo's mails, by whom they are to."""
    return {mail.to: mail for mail in sent(house, "TB-DEMO-1")}


def sent(house: RunningHouse, number: str) -> list[Mail]:
    """The mails of one bulletin."""
    return [mail for mail in house.mails() if mail.message.get("Feedback-ID", "").startswith(f"{number}:")]


@pytest.fixture(scope="module")
def one_click(first: dict[str, Mail]) -> dict[str, list[Answer]]:
    """What two people's mail programs hear when they post, twice each, and in an encoding each."""
    return {
        address: [ask("POST", first[address].opt_out_url, body, kind) for _ in range(2)]
        for address, (kind, body) in ENCODINGS.items()
    }


@pytest.fixture(scope="module")
def answered(first: dict[str, Mail], one_click: dict[str, list[Answer]]) -> Answer:
    """Jörg has left and has said why."""
    assert one_click
    page = ask("GET", first[JOERG].opt_out_url)
    shown = re.search(r'name="shown" value="([^"]+)"', page.text)
    assert shown
    sleep(2.1)  # whoever presses sooner is taken for a program
    return post(f"{first[JOERG].opt_out_url}/why", reason="backup", shown=shown[1])


@pytest.fixture(scope="module")
def second(house: RunningHouse, answered: Answer) -> dict[str, object]:
    """A second bulletin to the same machines, after two people left."""
    assert answered
    return house.send(BULLETINS / "second.md")


@pytest.fixture(scope="module")
def safety(house: RunningHouse, second: dict[str, object]) -> list[Mail]:
    """A safety bulletin to the same machines; its mails."""
    assert second
    house.send(BULLETINS / "safety.md")
    return sent(house, "SB-DOOR")


def test_a_stranger_who_starts_it_has_mail_in_the_mailbox_and_a_way_in(
    first: dict[str, Mail], house: RunningHouse
) -> None:
    assert sorted(mail.to for mail in sent(house, "TB-DEMO-1")) == sorted(due())
    assert first[JOERG].subject == "Kühlmittelfilter alle 500 Stunden reinigen, VX-500 und VX-500i"
    assert "A200233" in first[JOERG].message.get_body(("plain",)).get_content()  # type: ignore[union-attr] # it has one
    assert ask("GET", house.welcome_url).status == 200
    assert ask("GET", f"{house.url}/mailbox").status == 200


@pytest.mark.parametrize("address", ENCODINGS)
def test_rfc8058_one_click_is_answered_with_200_and_no_redirect_and_no_cookie(
    one_click: dict[str, list[Answer]], address: str
) -> None:
    for answer in one_click[address]:
        assert (answer.status, answer.text) == (200, "You are off the list.\n")
        assert not {"location", "set-cookie"} & answer.headers.keys()


def test_after_one_click_the_links_page_asks_why(first: dict[str, Mail], one_click: dict[str, list[Answer]]) -> None:
    page = ask("GET", f"{first[CARLA].opt_out_url}?lang=en")
    assert one_click
    assert page.status == 200
    assert "You are off the list." in page.text
    assert "One short question: why?" in page.text


def test_the_answer_stands_on_the_account_in_the_api_as_on_the_command_line(
    house: RunningHouse, answered: Answer
) -> None:
    assert answered.status == 200
    key = house.command("token", "add", "--scope", "read").strip()

    def heard() -> dict[str, Any]:
        return dict(json.loads(ask("GET", f"{house.url}/api/v1/accounts/D1002", Authorization=f"Bearer {key}").text))

    # What else happens in the house may reach the record between the two.
    wait_until(lambda: heard() == house.told("account", "show", "D1002"), "both say the same")
    record = heard()
    assert (record["verdict"]["state"], record["units"][0]["verdict"]["state"]) == ("backup", "backup")
    assert re.fullmatch(
        r"In use as back-up: said by Jörg Weiß on \d+ \w+ 20\d\d, when leaving TB-DEMO-1\.",
        record["verdict"]["sentence"],
    )
    assert {person["address"]: person["consent"]["bulletins"]["state"] for person in record["people"]} == {
        JOERG: "withdrawn",
        MAIKE: "granted",
    }


def test_a_second_bulletin_goes_to_everybody_but_those_who_left(
    house: RunningHouse, first: dict[str, Mail], second: dict[str, object]
) -> None:
    got_it = [mail.to for mail in sent(house, "TB-SECOND")]
    assert MAIKE in got_it
    assert sorted(got_it) == sorted(first.keys() - ENCODINGS.keys())
    assert second["targeted"] == len(got_it)
    assert second["left_out"] == {"opted_out": len(ENCODINGS) + 1}  # one had said no before


def test_the_ledger_says_by_which_rule_somebody_was_left_out(house: RunningHouse, second: dict[str, object]) -> None:
    why = house.told("delivery", "why", JOERG, "TB-SECOND")
    assert (why["targeted"], why["rule"]) == (False, "opted_out")
    assert why["sentences"] == [f"Left out of run {second['run']}: the person opted out of this topic."]


def test_get_and_head_on_every_link_in_a_mail_twice_and_in_any_order_change_no_row(
    house: RunningHouse, safety: list[Mail]
) -> None:
    assert safety
    urls = sorted({url for mail in house.mails() for url in mail.urls() if url.startswith(house.url)})
    looks = [(method, url) for url in urls for method in ("GET", "HEAD")] * 2
    random.Random(8058).shuffle(looks)  # noqa: S311 - any order will do
    with house.engine_stands_still():
        before = house.rows()
        answers = Counter(ask(method, url).status for method, url in looks)
        assert house.rows() == before
    assert len(urls) > 25
    assert answers == {200: len(looks)}


def test_a_safety_bulletins_link_asks_whether_it_is_done_and_takes_the_answer(safety: list[Mail]) -> None:
    mail = next(mail for mail in safety if mail.to == MAIKE)
    url = next(url for url in mail.urls() if "/done/" in url)
    page = ask("GET", f"{url}?lang=en")
    unit = re.search(r'name="unit" value="(\d+)"', page.text)
    assert "Is it done?" in page.text
    assert unit
    assert "Thank you. Saved." in post(f"{url}?lang=en", unit=unit[1]).text
    assert "Thank you. Saved." not in ask("GET", f"{url}?lang=en").text


def test_after_kill_9_in_mid_run_nobody_is_left_out_and_only_a_copy_in_doubt_comes_twice(house: RunningHouse) -> None:
    base = house.var / "crowd.csv"
    write_crowd(base)
    assert house.told("import", base)["applied"]
    kept = len(house.mails())
    house.told("bulletin", "send", BULLETINS / "crowd.md")
    for arrived in (300, 900):
        kill_engine_when(house, arrived + kept)
    house.wait_for_runs()
    message_ids = defaultdict(list)
    for mail in sent(house, "TB-CROWD"):
        message_ids[mail.to].append(mail.message["Message-ID"])
    assert len(message_ids) == CROWD
    twice = {to: ids for to, ids in message_ids.items() if len(ids) > 1}
    assert len(twice) <= 2 * 4  # kills, connections
    assert all(len(set(ids)) == 1 for ids in twice.values())
    for address in twice:
        assert "is in doubt" in house.command("delivery", "why", address, "TB-CROWD")
    assert "recovered after engine" in house.said


def write_crowd(file: Path) -> None:
    """An export of people who each have a press, in no order."""
    people = [
        (f"C{number}", f"Works {number}", f"Ann {number}", f"p{number}@crowd.example", "PR-90", f"P{number}", "y")
        for number in range(CROWD)
    ]
    random.Random(90).shuffle(people)  # noqa: S311 - any order will do
    with file.open("w", newline="", encoding="utf-8") as export:
        writer = csv.writer(export, delimiter=";")
        writer.writerow(("Customer no.", "Company", "First name", "E-mail", "Machine", "Serial no.", "Newsletter"))
        writer.writerows(people)


def kill_engine_when(house: RunningHouse, arrived: int) -> None:
    """Kill the engine as soon as so many mails are in the mailbox, with more to come."""
    mailbox = house.var / "mailbox"
    wait_until(lambda: house.engine() and sum(1 for _ in mailbox.glob("*.mail")) >= arrived, "mail flows", pause=0.02)
    engine = house.engine()
    assert engine is not None
    os.kill(engine, signal.SIGKILL)
    wait_until(lambda: not lives(engine), "the engine dies")
    assert house.ask("SELECT count(*) FROM delivery WHERE state = 'waiting'") > [(0,)]


def test_ctrl_c_ends_everything_with_code_0_and_a_second_start_keeps_it_all(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        house.wait_for_runs()
        processes, kept = [house.process.pid, *children(house.process.pid)], len(house.mails())
        assert len(processes) == 2
        assert house.stop() == 0
        assert [pid for pid in processes if lives(pid)] == []
        assert "Traceback" not in house.said
        assert list((house.var / "engine").iterdir()) == []
    with running(tmp_path) as house:
        assert "demo" not in house.said
        sleep(1.5)  # the engine is up by then, and has nothing to send
        assert len(house.mails()) == kept > 0
