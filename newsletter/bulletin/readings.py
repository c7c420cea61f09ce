"""Which letters a text with conditions can become, to be looked at before anybody gets one. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, product

from newsletter.account.serial import SerialRange, read_ranges
from newsletter.bulletin.condition import Condition, Kind
from newsletter.bulletin.front_matter import Field
from newsletter.bulletin.parts import EVERYBODY, Parts, Shown
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import Machine

MOST_SET, MOST_OF_LONG = 12, 2
"""So many letters of one text are set to see whether they can be; of a long one fewer, because that takes seconds."""
_LONG = 50_000  # characters
_FEW = 24  # kinds of machines: with more of them, not every pair is looked at

_OTHER = ""


def readings(source: Source, section: Section) -> Sequence[Shown]:
    """What readers see of a section, by the machines and languages they have.

    The first shows everything, whether anybody sees it so or not; the others are those that occur, or of too many a
    few that show and hide each part. Raises BadBulletin where somebody would get a letter without a word.
    """
    if not section.parts.parts:
        return (frozenset(),)
    found = _occurring(section.parts, source.models, source.serials, section.language.lower())
    told = section.parts.told_of(section.text_alone)
    if any(told.isdisjoint(shown | {EVERYBODY}) for shown in found):
        hint = "Write something for everybody outside of the conditions, or add a part with :::if not …"
        first = Field(section.language, section.parts.parts[0].line, 1)
        raise first.refusal("For some readers nothing of the text in {} is left.", hint)
    everything = section.parts.all
    most = MOST_SET if len(section.markdown) <= _LONG else MOST_OF_LONG
    return (everything, *(shown for shown in _few(found, everything, most) if shown != everything))


@lru_cache(maxsize=64)
def _occurring(
    parts: Parts, models: tuple[str, ...], serials: tuple[SerialRange, ...], language: str
) -> tuple[Shown, ...]:
    conditions = [part.condition for part in parts.parts]
    machines = [*_kinds_of_machines(conditions, models, serials)]
    several = combinations(machines, 2) if len(machines) <= _FEW else ()
    worlds = [*((machine,) for machine in machines), *several, tuple(machines)]
    wishes = [language, *(value.lower() for one in conditions if one.kind is Kind.LANGUAGE for value in one.values)]
    # Somebody who reads this text for want of one in their own language.
    found = (parts.shown_to(world, wish) for wish in dict.fromkeys((*wishes, "und")) for world in worlds)
    return tuple(dict.fromkeys(found))


def _kinds_of_machines(
    conditions: Sequence[Condition], models: tuple[str, ...], serials: tuple[SerialRange, ...]
) -> Iterator[Machine]:
    """One machine for each way in which the machines a bulletin is about can differ for the conditions."""
    named = {kind: [value for one in conditions if one.kind is kind for value in one.values] for kind in Kind}
    of_model = _unlike(models or (*named[Kind.MODEL], _OTHER), conditions, lambda value: _machine(model=value))
    near = [*_near((*read_ranges(", ".join(named[Kind.SERIAL])), *serials)), _OTHER]
    meant = [serial for serial in near if not serials or any(one.holds(serial) for one in serials)]
    of_serial = _unlike(meant, conditions, lambda value: _machine(serial=value))
    of_country = _unlike((*named[Kind.COUNTRY], _OTHER), conditions, lambda value: _machine(country=value))
    for model, serial, country in product(of_model, of_serial, of_country):
        yield _machine(model=model.model, serial=serial.serial, country=country.country)


def _machine(model: str = "", serial: str = "", country: str = "") -> Machine:
    return Machine(0, model, serial, "", "", country)


def _unlike(
    values: Iterable[str], conditions: Sequence[Condition], make: Callable[[str], Machine]
) -> Sequence[Machine]:
    """A machine for each value, without those that no condition tells from another."""
    machines = [make(value) for value in values]
    told_by = [tuple(bool(one.among((machine,), "")) for one in conditions) for machine in machines]
    return [*dict(reversed([*zip(told_by, machines, strict=True)])).values()]


def _near(ranges: Iterable[SerialRange]) -> Iterator[str]:
    """Serials at and beside the ends of ranges."""
    for serials in ranges:
        for number in (serials.first - 1, serials.first, serials.last, serials.last + 1):
            yield f"{serials.prefix}{max(number, 0)}"


def _few(found: Sequence[Shown], everything: Shown, most: int) -> Sequence[Shown]:
    if len(found) <= most:
        return found
    chosen: dict[Shown, None] = {}
    open_ = {(number, is_seen) for number in everything for is_seen in (True, False)}
    while open_ and len(chosen) < most:
        best = max(found, key=lambda shown: len(open_ & _settled(shown, everything)))
        settled = open_ & _settled(best, everything)
        if not settled:
            break
        chosen[best] = None
        open_ -= settled
    return tuple(chosen)


def _settled(shown: Shown, everything: Shown) -> set[tuple[int, bool]]:
    return {(number, number in shown) for number in everything}
