"""A text with parts for some readers, as letters, in the archive, and looked over."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from newsletter.archive.showing import show_to_anybody
from newsletter.bulletin.compose import Press, needed_tags, partly_needed_tags
from newsletter.bulletin.preflight import Facts, refuse_blocked
from newsletter.bulletin.setting import set_section
from newsletter.bulletin.source import Section
from newsletter.bulletin.unmet import conditions_of
from newsletter.bulletin.values import Machine, Reader
from newsletter.errors import BadBulletin, BadLetter
from newsletter.links import Links
from newsletter.message.look import Look
from newsletter.message.prepared import Prepared
from tests.bulletin.drafts import codes, findings, press_of

TEXT = """\
---
number: TB-1
title: Grease
class: technical
language: en, de
---
Dear {{ name | "colleague" }},

:::if model VX-500
Grease your VX-500 {{ first_name }}.
:::
:::if not model VX-500
Look at the manual.
:::
:::if country US
Call the US [desk](https://us.example/).
:::
---de---
Guten Tag,

:::if country AT
in Österreich.
:::
"""
VX = Machine(1, "VX-500", "A1", "K1", "Works", "DE")
US = Machine(2, "CT-7", "C1", "K2", "Works", "US")
NORA = Reader("nora@works.example", "Nora", "Frost", "en", (VX,), (("K1", "Works"),))
READERS = {
    "her model": (NORA, ["Grease your VX-500 Nora."]),
    "another model in the US": (NORA._replace(machines=(US,)), ["Look at the manual.", "desk"]),
    "both machines": (NORA._replace(machines=(VX, US)), ["Grease your VX-500 Nora.", "desk"]),
    "no machine": (NORA._replace(machines=()), ["Look at the manual."]),
    "no machine, and a firm in the US": (NORA._replace(machines=(), countries=("DE", "US")), ["manual", "desk"]),
    "German": (NORA._replace(language="de-AT"), []),
    "Austrian": (NORA._replace(language="de-AT", machines=(VX._replace(country="AT"),)), ["in Österreich"]),
}
PARTS = ("Grease your", "Look at the manual", "desk", "in Österreich")


def letter(press: Press, reader: Reader, now: datetime) -> EmailMessage:
    message = message_from_bytes(press.octets(reader, person_id=1, delivery_id=1, date=now), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(("reader", "told"), READERS.values(), ids=READERS)
def test_a_letter_holds_what_is_for_its_reader_in_both_its_parts(
    reader: Reader, told: list[str], links: Links, now: datetime
) -> None:
    message = letter(press_of(TEXT, links), reader, now)
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        said = body.get_content()
        assert ":::" not in said
        expected = {part for part in PARTS if any(one in part or part in one for one in told)}
        assert {part for part in PARTS if part in said} == expected


def test_a_letter_is_set_once_for_all_who_see_the_same(links: Links, now: datetime) -> None:
    asked: list[str] = []

    def setter(section: Section, vendor: str, topic: str, postal_address: str, look: Look) -> Prepared:
        asked.append(section.markdown)
        return set_section(section, vendor, topic, postal_address, look)

    press = replace(press_of(TEXT, links), setter=setter)
    for _ in range(3):
        for reader, _told in READERS.values():
            letter(press, reader, now)
    assert len(asked) == len(set(asked)) == 6


HIDDEN_MISTAKES = [
    ("Grease your VX-500 {{ first_name }}", "{{ frist_name }}", 10),
    ("Look at the manual.", "[x](ftp://a.example)", 13),
    ("in Österreich.", "{{ nobody }}", 22),
]


@pytest.mark.parametrize(("old", "new", "line"), HIDDEN_MISTAKES)
def test_a_mistake_in_a_part_for_some_is_found_before_the_first_letter(
    old: str, new: str, line: int, links: Links
) -> None:
    with pytest.raises(BadBulletin) as refused:
        press_of(TEXT.replace(old, new), links).proof()
    assert refused.value.line == line


def test_a_text_that_leaves_somebody_nothing_is_refused_and_held_at_the_last(links: Links, now: datetime) -> None:
    press = press_of(TEXT.replace("Guten Tag,", ""), links)
    with pytest.raises(BadBulletin, match="nothing of the text in 'de'") as refused:
        press.proof()
    assert refused.value.line == 21
    assert codes(findings(TEXT.replace("Guten Tag,", ""), links), "block") == {"cannot-be-set"}
    with pytest.raises(BadLetter, match="nothing of the text is left"):
        letter(press, READERS["German"][0], now)


def test_a_value_that_a_part_wants_is_wanted_of_its_readers_only(links: Links, now: datetime) -> None:
    press = press_of(TEXT, links)
    assert needed_tags(press.source) == ()
    assert partly_needed_tags(press.source) == ("first_name",)
    nameless = NORA._replace(first_name="", last_name="")
    with pytest.raises(BadLetter, match=r"no value for \{\{ first_name \}\}"):
        letter(press, nameless, now)
    assert letter(press, nameless._replace(machines=(US,)), now)["Subject"] == "Grease"


def test_a_forbidden_link_is_seen_behind_a_code_block_of_another_part(links: Links) -> None:
    text = TEXT.replace("Grease your VX-500 {{ first_name }}.", "```").replace(
        "https://us.example/", "http://10.0.0.1/"
    )
    with pytest.raises(BadBulletin, match=r"10\.0\.0\.1"):
        refuse_blocked(press_of(text, links))


def test_preflight_tells_of_parts_that_nobody_sees(links: Links) -> None:
    conditions = conditions_of(press_of(TEXT, links).source)
    assert [f"{one.kind} {one.is_not}" for one in conditions] == [
        "model False", "model True", "country False", "country False"
    ]  # fmt: skip
    assert "parts" in codes(findings(TEXT, links), "fine")
    unseen = findings(TEXT, links, Facts(targeted=1, unmet=conditions[2:3], partly_missing={"first_name": 2}))
    assert [(one.code, one.line) for one in unseen if one.code.startswith(("part", "value-missing"))] == [
        ("value-missing-in-part", 0), ("part-unseen", 15), ("parts", 0)
    ]  # fmt: skip
    unknown = findings(TEXT, links, Facts(targeted=1, unmet=conditions[:1], unknown_models=("VX-500",)))
    assert [(one.code, one.line) for one in unknown if one.code.startswith("part-")] == [
        ("part-model-unknown", 9), ("part-model-unknown", 12)
    ]  # fmt: skip


BLOCKS = """\
---
number: TB-2
title: Grease
class: technical
layout: blocks
language: en
---
:::heading
# Hello
:::
:::if model VX-500
:::text
Only your VX-500.
:::
:::
:::text
Everybody
:::if country US
in the US.
:::
:::
"""


@pytest.mark.parametrize(
    ("machine", "told"), [(VX, (True, False)), (US, (False, True))], ids=["the model, in Germany", "another, in the US"]
)
def test_conditions_stand_around_blocks_and_inside_them(
    machine: Machine, told: tuple[bool, bool], links: Links, now: datetime
) -> None:
    press = press_of(BLOCKS, links)
    press.proof()
    body = letter(press, NORA._replace(machines=(machine,)), now).get_body(("html",))
    assert body is not None
    said = body.get_content()
    assert ("Only your VX-500" in said, "in the US" in said) == told
    assert ":::" not in said
    shown = show_to_anybody(5, press.source, "en").html
    assert "<strong>Only for VX-500:</strong>" in shown
    assert ":::" not in shown
