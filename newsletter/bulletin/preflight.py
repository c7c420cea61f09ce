"""Everything that is looked at before a bulletin is sent. Pure: what comes from outside is handed in as facts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsletter.bulletin.checks.conditions import about_conditions, about_partly_missing
from newsletter.bulletin.checks.files import about_files
from newsletter.bulletin.checks.images import about_images
from newsletter.bulletin.checks.links import about_links, forbidden_links
from newsletter.bulletin.checks.preheader import about_preheader
from newsletter.bulletin.checks.readers import about_missing_values, about_recent_mail
from newsletter.bulletin.checks.size import about_size
from newsletter.bulletin.checks.spam_words import about_spam_words
from newsletter.bulletin.checks.subject import about_subject, forbidden_in_subject
from newsletter.bulletin.checks.text_part import about_text_part
from newsletter.bulletin.checks.variants import about_variants
from newsletter.bulletin.checks.ways_out import about_ways_out
from newsletter.bulletin.compose import Press
from newsletter.bulletin.composed import Composed, composed
from newsletter.bulletin.condition import Condition
from newsletter.bulletin.finding import Finding, Severity
from newsletter.errors import BadBulletin, BadLetter
from newsletter.probe.answer import Answer
from newsletter.probe.sender_domain import Found


@dataclass(frozen=True, slots=True)
class Facts:
    """What preflight cannot know by itself: what links answered, DNS said, and who would get it.

    `domain` is None where nobody has looked yet. `missing` counts people by merge tag; `recently` are those of
    `targeted` who had another bulletin in the last days. `partly_missing` counts like `missing` those of tags that only
    parts for some readers need; `unmet` are conditions true of nobody, `unknown_models` what they name in vain.
    `pictures` has the octets of our own by name, `files` of what goes with it.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    domain: Sequence[Found] | None = None
    missing: Mapping[str, int] = field(default_factory=dict)
    targeted: int = 0
    recently: int = 0
    partly_missing: Mapping[str, int] = field(default_factory=dict)
    unmet: Collection[Condition] = ()
    unknown_models: Collection[str] = ()
    pictures: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)


def preflight(press: Press, facts: Facts) -> list[Finding]:
    """All findings, the worst first, then in the order of the source. Raises nothing for whatever is in a bulletin."""
    found = _together([(one.source.variant, _looked_over(one, facts)) for one in press.each])
    found += about_variants(press.source)
    return sorted(found, key=lambda finding: (list(Severity).index(finding.severity), finding.line))


def refuse_blocked(press: Press) -> None:
    """Raises BadBulletin with line and hint for what law or RFC forbids to send, whatever links answer."""
    each = [(one.source.variant, [*_forbidden(composed(one))]) for one in press.each]
    forbidden = [finding for finding in _together(each) if finding.severity is Severity.BLOCK]
    if forbidden:
        first = min(forbidden, key=lambda finding: finding.line)
        others = f" Preflight says {len(forbidden) - 1} more." if len(forbidden) > 1 else ""
        raise BadBulletin(first.sentence, line=first.line or 1, hint=first.hint + others)


def as_finding(error: BadBulletin | BadLetter) -> Finding:
    """What keeps a text from being set at all."""
    line = error.line if isinstance(error, BadBulletin) else 0
    return Finding(Severity.BLOCK, "cannot-be-set", error.message, error.hint, line=line)


def is_blocked(findings: Sequence[Finding]) -> bool:
    """Whether any of them forbids to send."""
    return any(finding.severity is Severity.BLOCK for finding in findings)


def in_a_sentence(findings: Sequence[Finding]) -> str:
    """How many there are of each kind, in words."""
    counts = {kind: sum(finding.severity is kind for finding in findings) for kind in Severity}
    said = f"{counts[Severity.BLOCK] or 'nothing'} forbids to send it, {counts[Severity.WARN] or 'no'} warning"
    return f"{said}{'' if counts[Severity.WARN] == 1 else 's'}, {counts[Severity.FINE]} fine."


def _looked_over(press: Press, facts: Facts) -> list[Finding]:
    try:
        whole = composed(press)
    except (BadBulletin, BadLetter) as error:
        return [*_unlawful_lines(press), as_finding(error)]
    return [*_forbidden(whole), *_advice(whole, facts)]


def _together(each: Sequence[tuple[str, Sequence[Finding]]]) -> list[Finding]:
    """What is found of all variants, once; what only one of them has names it."""
    if len(each) == 1:
        return [*each[0][1]]
    found = dict.fromkeys(finding for _, findings in each for finding in findings)
    having = {finding: [variant for variant, findings in each if finding in findings] for finding in found}
    return [
        one if len(having[one]) == len(each) else replace(one, sentence=f"Variant {having[one][0]}: {one.sentence}")
        for one in found
    ]


def _unlawful_lines(press: Press) -> Iterator[Finding]:
    for section in press.source.sections:
        yield from forbidden_in_subject(section)


def _forbidden(whole: Composed) -> Iterator[Finding]:
    for told in whole.told:
        yield from forbidden_in_subject(told.section)
        yield from forbidden_links(told)
    yield from about_ways_out(whole)


def _advice(whole: Composed, facts: Facts) -> Iterator[Finding]:
    for told in whole.told:
        yield from about_subject(told)
        yield from about_preheader(told)
        yield from about_text_part(told)
        yield from about_images(told, facts.answers, facts.pictures)
        yield from about_links(told, facts.answers)
        yield from about_conditions(told, facts.unmet, facts.unknown_models)
        yield from about_size(told)
        yield from about_spam_words(told)
    yield from about_missing_values(facts.missing)
    yield from about_partly_missing(facts.partly_missing)
    yield from about_files(facts.files, facts.targeted, whole.source.attach)
    yield from about_recent_mail(facts.targeted, facts.recently)
    yield from _about_domain(facts.domain)


def _about_domain(found: Sequence[Found] | None) -> Iterator[Finding]:
    if found is None:
        sentence = "SPF, DKIM and DMARC of the sender were not looked up yet."
        yield Finding(Severity.WARN, "domain-open", sentence, "Have them checked on this page.")
    for one in found or ():
        yield Finding(Severity.FINE if one.is_well else Severity.WARN, one.what, one.sentence, one.hint)
