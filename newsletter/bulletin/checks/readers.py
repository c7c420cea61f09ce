"""The people it would go to: who lacks a value, and who had another bulletin just now."""

from collections.abc import Iterator, Mapping

from newsletter.bulletin.finding import Finding, Severity

RECENT_DAYS = 7


def about_missing_values(missing: Mapping[str, int]) -> Iterator[Finding]:
    """`missing` has for each merge tag without a default how many people have no value for it."""
    for tag, people in missing.items():
        who = "1 person has" if people == 1 else f"{people:,} people have"
        sentence = f"{who} no value for {{{{ {tag} }}}} and would get no copy."
        hint = f'Write a default, {{{{ {tag} | "…" }}}}, or complete the records.'
        yield Finding(Severity.WARN, "value-missing", sentence, hint)
    if not missing:
        yield Finding(Severity.FINE, "values", "Nobody lacks a value for a merge tag.")


def about_recent_mail(targeted: int, recently: int) -> Iterator[Finding]:
    """`recently` of the `targeted` people had another bulletin in the last days."""
    if not targeted:
        yield Finding(Severity.WARN, "nobody", "Nobody would get it.", "See on the page of the bulletin why.")
    elif recently:
        sentence = f"{recently:,} of {targeted:,} had another bulletin within {RECENT_DAYS} days."
        yield Finding(Severity.WARN, "recent", sentence, "Can it wait? People leave who get too much.")
    else:
        sentence = f"Nobody of {targeted:,} had another bulletin within {RECENT_DAYS} days."
        yield Finding(Severity.FINE, "recent", sentence)
