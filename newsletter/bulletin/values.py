"""What a merge tag may be, and its value for one person."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from newsletter.message.merge import Several

if TYPE_CHECKING:
    from babel import Locale

ACKNOWLEDGE = "acknowledge_url"
RUNNING = {"in_use": "running_url", "backup": "backup_url", "gone": "gone_url"}
"""The links of a heartbeat line, which staff do not write themselves: by the answer each leads to."""
TAGS = ("first_name", "last_name", "name", "model", "serial", "account_number", "account_name", ACKNOWLEDGE)
"""Every merge tag a bulletin may use."""


class Machine(NamedTuple):
    """A machine this copy speaks of, and whose it is. `country` is ISO 3166-1 alpha-2, empty where unknown."""

    unit_id: int
    model: str
    serial: str
    account_number: str
    account_name: str
    country: str = ""


class Reader(NamedTuple):
    """Who gets the copy. `accounts` are (number, name), those of the machines first.

    `countries` are those of the accounts of somebody whose copy speaks of no machines.
    """

    address: str
    first_name: str
    last_name: str
    language: str
    machines: tuple[Machine, ...]
    accounts: tuple[tuple[str, str], ...]
    countries: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """First and last name, as far as we know them."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def stands_by(self) -> tuple[Machine, ...]:
        """What a part of the text may be for: the machines, or one without a name in each country."""
        return self.machines or tuple(Machine(0, "", "", "", "", country) for country in self.countries or ("",))


def values_for(reader: Reader, language: str, *, acknowledge_url: str, tags: Collection[str] = TAGS) -> dict[str, str]:
    """The value of each of the tags. Several machines are a readable list, "A1 and B3", and in a link A1,B3."""
    values = {tag: _SAID[tag](reader, language) for tag in tags if tag in _SAID}
    values[ACKNOWLEDGE] = acknowledge_url
    return values


def listed(items: list[str], language: str) -> str:
    """Several as a sentence has them, "A1, B2 and C3", and as a link does."""
    if len(items) == 1:
        return items[0]
    once = list(dict.fromkeys(item for item in items if item))
    return Several(_sentence(once, language), tuple(once)) if len(once) > 1 else "".join(once)


_SAID: dict[str, Callable[[Reader, str], str]] = {
    "first_name": lambda reader, _: reader.first_name,
    "last_name": lambda reader, _: reader.last_name,
    "name": lambda reader, _: reader.name,
    "model": lambda reader, language: listed([machine.model for machine in reader.machines], language),
    "serial": lambda reader, language: listed([machine.serial for machine in reader.machines], language),
    "account_number": lambda reader, language: listed([number for number, _ in reader.accounts], language),
    "account_name": lambda reader, language: listed([name for _, name in reader.accounts], language),
}


def _sentence(items: Sequence[str], language: str) -> str:
    from babel.lists import format_list  # noqa: PLC0415 - an engine whose readers have one machine each is smaller

    return format_list(items, locale=locale_of(language))


@lru_cache(maxsize=64)
def locale_of(language: str) -> "Locale":
    """How a language joins a list. Tags of which Babel knows no list are cut short, and English is the last resort."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - as above

    subtags = language.split("-")
    for length in range(len(subtags), 0, -1):
        try:
            return Locale.parse("_".join(subtags[:length]))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
