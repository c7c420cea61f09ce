"""Setting a letter: its parts in the reader's language, as text and as HTML. No template of staff, no Markdown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

from newsletter.errors import BadLetter
from newsletter.language import direction, sentence, translator
from newsletter.message.wrap import COLUMNS, wrapped
from newsletter.post.wording import Button, Links, Part, Quote, Strong, Text, Wording, Writer

ANSWER = sentence("Answer this mail to reach our service.")

_FOLDER = Path(__file__).parents[2] / "templates" / "mail" / "letter"
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WHOLE_LINK = re.compile(r"https?://[!-~]+")
_RULE = "-" * 40
_ISOLATED = "\u2068{}\u2069"  # first strong isolate: a value keeps its own direction (UAX 9)


@dataclass(frozen=True, slots=True)
class SetLetter:
    """Ready to be sent: the subject on one line, both parts whole."""

    subject: str
    text: str
    html: str


def set_letter(wording: Wording, language: str, values: Mapping[str, str], house: Writer) -> SetLetter:
    """The wording in a language we speak. Values are text: their control characters and line breaks become spaces.

    Raises BadLetter for a placeholder without a value and for a link that is not whole.
    """
    lines = {name: _one_line(value) for name, value in {"vendor": house.vendor, **values}.items()}
    speaker = _Speaker(translator(language).gettext, lines, direction(language))
    subject = speaker.plainly(wording.subject)
    return SetLetter(subject, _text(wording, speaker, house), _html(wording, speaker, subject, language, house))


@dataclass(frozen=True, slots=True)
class _Speaker:
    gettext: Callable[[str], str]
    values: Mapping[str, str]
    direction: str

    def plainly(self, text: str) -> str:
        """For a subject: no mark may stand there that turns the reading round."""
        return self._put(text, self.values)

    def in_text(self, text: str) -> str:
        if self.direction == "ltr":
            return self.plainly(text)
        return self._put(text, {name: _ISOLATED.format(value) for name, value in self.values.items()})

    def in_html(self, text: str) -> str:
        isolated = {name: f"<bdi>{escape(value)}</bdi>" for name, value in self.values.items()}
        return self._put(text, isolated, escape)

    def _put(self, text: str, values: Mapping[str, str], first: Callable[[str], str] = str) -> str:
        try:
            return first(self.gettext(text)).format_map(values)
        except (KeyError, IndexError, ValueError) as error:
            raise BadLetter(f"“{text}” has a placeholder without a value ({error}).") from error


def _text(wording: Wording, speaker: _Speaker, house: Writer) -> str:
    blocks = [
        house.vendor,
        *(_text_of(part, speaker) for part in wording.parts),
        _RULE,
        _laid(f"{speaker.in_text(wording.why)} {speaker.in_text(ANSWER)}"),
        house.postal_address,
    ]
    return "\n\n".join(blocks) + "\n"


def _text_of(part: Part, speaker: _Speaker) -> str:
    match part:
        case Text(said) | Strong(said):
            return _laid(speaker.in_text(said))
        case Button(said, link):
            return _with_link(speaker.in_text(said), link)
        case Links(choices):
            return "\n\n".join(_with_link(speaker.in_text(said), link) for said, link in choices)
        case Quote(value):
            return "\n".join(f"> {line}" for line in _lines(value))


def _html(wording: Wording, speaker: _Speaker, subject: str, language: str, house: Writer) -> str:
    return _frame().substitute(
        language=language,
        direction=speaker.direction,
        subject=escape(subject),
        vendor=escape(house.vendor),
        body="\n".join(_html_of(part, speaker) for part in wording.parts),
        why=f"{speaker.in_html(wording.why)} {speaker.in_html(ANSWER)}",
        postal_address=escape(house.postal_address),
    )


def _html_of(part: Part, speaker: _Speaker) -> str:
    match part:
        case Text(said):
            return _piece("text").substitute(said=speaker.in_html(said))
        case Strong(said):
            return _piece("strong").substitute(said=speaker.in_html(said))
        case Button(said, link):
            return _piece("button").substitute(said=speaker.in_html(said), link=escape(_whole(link)))
        case Links(choices):
            rows = (_piece("choice").substitute(said=speaker.in_html(s), link=escape(_whole(k))) for s, k in choices)
            return _piece("choices").substitute(rows="\n".join(rows))
        case Quote(value):
            return _piece("quote").substitute(said="<br>".join(map(escape, _lines(value))))


def _with_link(said: str, link: str) -> str:
    return f"{_laid(said)}\n{_whole(link)}"


def _laid(said: str) -> str:
    return "\n".join(wrapped(said, COLUMNS))


def _whole(link: str) -> str:
    if not _WHOLE_LINK.fullmatch(link):
        raise BadLetter(f"{link!r} is not a whole link.")
    return link


def _one_line(value: str) -> str:
    return " ".join(_FORBIDDEN.sub(" ", value).split())


def _lines(value: str) -> list[str]:
    return [_FORBIDDEN.sub(" ", line) for line in value.splitlines()]


@lru_cache(maxsize=1)
def _frame() -> Template:
    return Template((_FOLDER / "frame.html").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _piece(name: str) -> Template:
    return Template((_FOLDER / f"{name}.html").read_text(encoding="utf-8").rstrip("\n"))
