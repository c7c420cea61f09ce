"""Parts for some readers: whether anybody is there to read them, and has what they need."""

from collections.abc import Collection, Iterator, Mapping

from newsletter.bulletin.composed import Told
from newsletter.bulletin.condition import Condition, Kind
from newsletter.bulletin.finding import Finding, Severity


def about_conditions(told: Told, unmet: Collection[Condition], unknown: Collection[str]) -> Iterator[Finding]:
    """`unmet` are the conditions that are true of nobody it goes to, `unknown` the models that no machine has."""
    parts, language = told.section.parts.parts, told.section.language
    odd = [finding for part in parts for finding in _about(part.condition, part.line, language, unmet, unknown)]
    yield from odd
    if parts and not odd:
        yield Finding(Severity.FINE, "parts", "Every part for some readers has readers.", "", language)


def about_partly_missing(missing: Mapping[str, int]) -> Iterator[Finding]:
    """`missing` has for each merge tag that only parts need how many people have no value for it."""
    for tag, people in missing.items():
        who = "1 person has" if people == 1 else f"{people:,} people have"
        sentence = f"{who} no value for {{{{ {tag} }}}}, which stands in a part for some: if it is theirs, it is held."
        hint = f'Write a default, {{{{ {tag} | "…" }}}}, or complete the records.'
        yield Finding(Severity.WARN, "value-missing-in-part", sentence, hint)


def _about(
    condition: Condition, line: int, language: str, unmet: Collection[Condition], unknown: Collection[str]
) -> Iterator[Finding]:
    models = [value for value in condition.values if condition.kind is Kind.MODEL and value in unknown]
    for model in models:
        sentence = f"No machine on record is a {model[:60]!r}."
        yield Finding(Severity.WARN, "part-model-unknown", sentence, "Correct its name.", language, line)
    if condition in unmet and not models:
        said = f"{'not ' if condition.is_not else ''}{condition.kind} {', '.join(condition.values)}"[:100]
        sentence = f"Nobody it goes to would see the part “{said}”."
        of_machine = condition.kind in (Kind.MODEL, Kind.SERIAL)
        hint = "A letter speaks of machines where `models:` or the segment names some." if of_machine else ""
        yield Finding(Severity.WARN, "part-unseen", sentence, hint or "Correct it, or take it out.", language, line)
