import re
from datetime import UTC, datetime

import pytest

from newsletter.bulletin.asking import Remind
from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.frame import ANSWERS
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.values import RUNNING, Machine, Reader
from newsletter.errors import BadBulletin
from newsletter.language import SUPPORTED, translator
from newsletter.links import Links, OptOutLink, RunningLink
from newsletter.message.mime import to_bytes
from newsletter.question.reasons import UnitAnswer
from tests.message.letters import parsed

NORA = Reader(
    address="nora@toolroom-north.example",
    first_name="Nora",
    last_name="Frost",
    language="en",
    machines=(Machine(1, "VX-500", "A1", "K1", "Toolroom North"),),
    accounts=(("K1", "Toolroom North"),),
)
DATE = datetime(2026, 11, 21, tzinfo=UTC)
SENDER = Sender("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")


def written(*lines: str, klass: str = "safety", models: str = "models: VX-500", language: str = "en") -> str:
    front = ["number: B-1", "title: Grease it", f"class: {klass}", models, f"language: {language}", *lines]
    return "\n".join(["---", *filter(None, front), "---", "Hello"])


@pytest.mark.parametrize(
    ("line", "remind"),
    [
        ("", None),
        ("remind:", None),
        ("remind: every 14 days, at most 3", Remind(14, 3)),
        ("remind: Every 3 Days, At Most 1", Remind(3, 1)),
    ],
)
def test_a_safety_bulletin_says_how_it_reminds(line: str, remind: Remind | None) -> None:
    assert read_source(written(line)).remind == remind


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (written("remind: weekly"), "Line 7, column 9: 'weekly' is no rule for reminders."),
        (written("remind: every 1 day, at most 3"), "too often or too seldom"),
        (written("remind: every 14 days, at most 0"), "too often or too seldom"),
        (written("remind: every 14 days, at most 11"), "too often or too seldom"),
        (written("remind: every ١٤ days, at most 3"), "no rule for reminders"),
        (written("remind: every 14 days, at most 3", klass="technical"), "Only a safety bulletin reminds."),
        (written("remind: every 14 days, at most 3", models=""), "no models"),
        (written("heartbeat: perhaps"), "Line 7, column 12: 'perhaps' is neither yes nor no."),
        (written("heartbeat: true", models=""), "There is a heartbeat, but no models."),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_stands(text: str, says: str) -> None:
    with pytest.raises(BadBulletin, match=says):
        read_source(text)


def _source(language: str = "en", heartbeat: str = "true") -> Source:
    return read_source(written(f"heartbeat: {heartbeat}", klass="technical", language=language))


def _press(links: Links, source: Source) -> Press:
    return Press(source, SENDER, List(1, "bulletins", "Bulletins"), links, "seed")


def test_the_three_answers_are_links_of_one_page_in_both_parts(links: Links) -> None:
    page = links.running(RunningLink(5, 7))
    expected = {f"{page}/{answer}" for answer in UnitAnswer}
    opt_out = links.opt_out(OptOutLink(5, 1, 7))
    press = _press(links, _source())
    letter = press.letter(NORA, person_id=5, delivery_id=7, date=DATE)
    wire = press.octets(NORA, person_id=5, delivery_id=7, date=DATE)
    for message in (parsed(to_bytes(letter)), parsed(wire)):
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            assert body is not None
            found = set(re.findall(r"https://news\.vendor\.example/[^\s\"<]+", body.get_content()))
            assert {*expected, opt_out} <= found
            assert "Still running?" in body.get_content()


def test_a_bulletin_that_does_not_ask_carries_no_line(links: Links) -> None:
    letter = _press(links, _source(heartbeat="no")).letter(NORA, person_id=5, delivery_id=7, date=DATE)
    assert "running" not in (letter.text + letter.html).lower().replace("running text", "")


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_line_is_in_the_language_of_the_text(links: Links, language: str) -> None:
    press = _press(links, _source(language))
    letter = press.letter(NORA, person_id=5, delivery_id=7, date=DATE)
    for words in ("Still running?", *ANSWERS.values()):
        assert translator(language).gettext(words) in letter.text


def test_the_line_offers_what_can_be_answered_of_a_machine() -> None:
    assert list(RUNNING) == list(ANSWERS) == list(UnitAnswer)
