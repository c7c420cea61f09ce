"""What a cell says: yes or no, a country, a language, a time zone, a line of text."""

import re
import unicodedata
from functools import cache, lru_cache

from babel import Locale

from newsletter.clock import known_zones
from newsletter.importing.columns import folded

_YES = frozenset({"ja", "j", "1", "x", "yes", "y", "true", "wahr", "on", "optin", "angemeldet", "subscribed"})
_NO = frozenset(
    {
        "nein",
        "n",
        "0",
        "no",
        "false",
        "falsch",
        "off",
        "optout",
        "abgemeldet",
        "unsubscribed",
        "widerrufen",
        "withdrawn",
    }
)
_BLANK = frozenset({"?", "??", "-", "--", ".", "n/a", "k.a.", "k. a."})  # not "null": it is a surname
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_ALSO_CALLED = {
    "USA": "US", "U.S.A.": "US", "United States of America": "US", "Vereinigte Staaten von Amerika": "US",
    "UK": "GB", "Great Britain": "GB", "Großbritannien": "GB", "England": "GB", "BRD": "DE", "Holland": "NL",
    "Czech Republic": "CZ", "Tschechische Republik": "CZ", "Turkey": "TR", "Korea": "KR", "Slovak Republic": "SK",
}  # fmt: skip
_COUNTRY_CODE = re.compile("[A-Z]{2}")
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?", re.ASCII)
_OWN_LANGUAGES = ("cs", "da", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "sv", "tr")


def said(word: str) -> bool | None:
    """True for yes, False for no, None for a word that is neither. The word is not empty."""
    if word.strip() == "-":
        return False
    plain = folded(word)
    return True if plain in _YES else False if plain in _NO else None


@lru_cache(maxsize=10_000)
def one_line(text: str) -> str:
    """Text without line breaks and control characters, which would end up in a mail's header otherwise."""
    plain = " ".join(text.split())
    return "".join(c for c in plain if unicodedata.category(c) != "Cc") if not plain.isprintable() else plain


def known(text: str) -> str:
    """A name on one line; empty for what stands in a cell because nobody knew: "?", "n/a"."""
    line = one_line(text)
    return "" if line.lower() in _BLANK else line


@lru_cache(maxsize=1_000)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 for a code or a German or English name, None for anything else."""
    return _countries().get(folded(text))


@lru_cache(maxsize=1_000)
def language_tag(text: str) -> str | None:
    """BCP 47 for a tag ("pt_br" becomes "pt-BR") or a language's name, None for anything else."""
    found = _LANGUAGE_TAG.fullmatch(text)
    if found and found[1].lower() in Locale("en").languages:
        region = (found[2] or "").upper()
        if not region:
            return found[1].lower()
        return f"{found[1].lower()}-{region}" if region in Locale("en").territories else None
    return _languages().get(folded(text))


@lru_cache(maxsize=1_000)
def zone_name(text: str) -> str | None:
    """The IANA name in its own spelling, None for what is no zone."""
    return _zones().get(text.lower())


@cache
def _countries() -> dict[str, str]:
    names = {
        folded(str(name)): str(code)
        for tongue in ("de", "en")
        for code, name in Locale(tongue).territories.items()
        if _COUNTRY_CODE.fullmatch(str(code)) and code not in _NO_COUNTRY
    }
    return names | {folded(name): code for name, code in _ALSO_CALLED.items()} | {c.lower(): c for c in names.values()}


@cache
def _languages() -> dict[str, str]:
    return {
        folded(str(Locale(tongue).languages[code])): code for code in _OWN_LANGUAGES for tongue in (code, "de", "en")
    }


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in known_zones()}
