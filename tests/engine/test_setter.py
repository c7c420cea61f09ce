import json
import subprocess
import sys
from dataclasses import replace

import pytest

from newsletter.bulletin.compose import set_here
from newsletter.bulletin.source import Section, read_source
from newsletter.engine.setter import set_elsewhere
from newsletter.errors import BadBulletin
from newsletter.message.look import HOUSE_LOOK
from tests.engine.stage import HOUSE


def section(text: str) -> Section:
    return read_source(f"---\nnumber: TB-1\ntitle: Grease\nclass: technical\nlanguage: de\n---\n{text}").sections[0]


def test_a_text_set_in_another_process_is_the_same() -> None:
    text = section("# Fett\n\nHallo {{ name }}, [lies](https://acme.example/{{ serial }}).\n")
    around = ("Acme & Söhne", "Bulletins", "1 Works Road")
    assert set_elsewhere(text, *around) == set_here(text, *around)


def test_a_look_goes_along_to_the_other_process() -> None:
    look = replace(HOUSE_LOOK, day=replace(HOUSE_LOOK.day, background="#f0f1f2"), logo="https://acme.example/l.png")
    around = ("Acme", "Bulletins", "1 Works Road", look)
    prepared = set_elsewhere(section("Hallo."), *around)
    assert prepared == set_here(section("Hallo."), *around)
    assert "#f0f1f2" in prepared.html.pieces[0]


def test_what_is_wrong_with_a_text_comes_back_with_its_place() -> None:
    with pytest.raises(BadBulletin, match="nmae") as refused:
        set_elsewhere(section("Hallo\n{{ nmae }}\n"), "Acme", "Bulletins", "1 Works Road")
    assert (refused.value.line, refused.value.column) == (8, 1)


def test_an_engine_carries_no_tools_that_it_uses_once_or_never() -> None:
    parts = ("engine", "companion", "setter")
    modules = ", ".join(f"newsletter.engine.{part}" for part in parts)
    program = f"import json, sys, {modules}; print(json.dumps([*sys.modules]))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", program], cwd=HOUSE))
    once = {"alembic", "babel.messages", "css_inline", "jinja2", "markdown_it", "mrml", "nh3"}
    never = {"click", "config", "email_validator", "flask", "pydantic"}
    where_needed = {"babel", "cryptography", "newsletter.schedule.fire", "procrastinate", "psycopg"}
    beside = {"newsletter.engine.timed", "newsletter.hit.sift", "newsletter.burst.find", "newsletter.followup.ending"}
    assert (once | never | where_needed | beside).intersection(loaded) == set()
