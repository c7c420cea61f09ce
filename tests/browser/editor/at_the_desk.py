"""What a marketer does in the editor, and what she sees there."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FrameLocator, Page

from newsletter.bulletin.draft import Draft
from newsletter.bulletin.write import newest_of
from tests.ledger.stage import TEXT
from tests.web.public.doors import Door

BOTH = TEXT[: TEXT.index("language:")] + (
    "language: en, de\ntitle.de: Schmierung\n---\n# Grease\n\nHello {{ name }}, your {{ serial }}.\n\n---de---\n"
    "# Fett\n\nHallo {{ name }}.\n"
)
EDIT = "/staff/bulletins/TB-1/edit"
Hire = Callable[..., Page]


def counted(door: Door) -> list[int]:
    """Holds something for as long as the server answers somebody."""
    answering: list[int] = []
    answer = door.app.wsgi_app

    def counting(environ: Any, start: Any) -> Any:  # noqa: ANN401 - WSGI has no types of its own
        answering.append(1)
        try:
            return answer(environ, start)
        finally:
            answering.pop()

    door.app.wsgi_app = counting  # type: ignore[method-assign] # the documented way
    return answering


def letter(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=letter]")


def area(page: Page, at: int = 0) -> str:
    """What stands in a text."""
    return page.locator(f"#markdown-{at}").input_value()


def mark(page: Page, words: str) -> None:
    """Select words in the first text."""
    page.locator("#markdown-0").evaluate(
        "(area, words) => { const at = area.value.indexOf(words); area.focus();"
        " area.setSelectionRange(at, at + words.length); }",
        words,
    )


def write_anew(page: Page, text: str) -> None:
    page.locator("#markdown-0").fill(text)


def saved(door: Door) -> str:
    with door.db.read() as session:
        return newest_of(session, "TB-1").source


def drafts(door: Door) -> dict[str, str]:
    with door.db.read() as session:
        return {draft.author: draft.text for draft in session.query(Draft)}
