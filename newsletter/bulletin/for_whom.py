"""What is said of a part to somebody who reads all of them: "Only for VX-500 and VX-500i:". Pure."""

import re

from babel import Locale, UnknownLocaleError

from newsletter.bulletin.condition import Condition, Kind
from newsletter.bulletin.values import listed, locale_of
from newsletter.language import negotiate, sentence, translator

ONLY_FOR = sentence("Only for {whom}:")
NOT_FOR = sentence("Not for {whom}:")

_MARKDOWN = re.compile(r"[!-/:-@\[-`{-~]")


def for_whom(condition: Condition, language: str) -> str:
    """The words, in a language."""
    said = [_named(condition.kind, value, language) for value in condition.values]
    spoken = translator(negotiate(language)).gettext(NOT_FOR if condition.is_not else ONLY_FOR)
    return spoken.format(whom=str(listed(said, language)))


def for_whom_in_markdown(condition: Condition, language: str) -> str:
    """The same as a line of Markdown that shows nothing else, whatever the values hold."""
    said = _MARKDOWN.sub(r"\\\g<0>", for_whom(condition, language))
    return f"**{said}**"


def _named(kind: Kind, value: str, language: str) -> str:
    names = locale_of(negotiate(language))
    if kind is Kind.COUNTRY:
        return str(names.territories.get(value, value))
    return _language_named(value, names) if kind is Kind.LANGUAGE else value


def _language_named(tag: str, names: Locale) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(names) or tag
    except (UnknownLocaleError, ValueError):
        return tag
