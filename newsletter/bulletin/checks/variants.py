"""What two variants of a bulletin are worth trying for."""

from collections.abc import Iterator

from newsletter.bulletin.finding import Finding, Severity
from newsletter.bulletin.source import Section, Source


def about_variants(source: Source) -> Iterator[Finding]:
    """Readers of a language in which both say the same take part in the trial and tell nothing."""
    if source.other is None:
        return
    for section, other in zip(source.sections, source.other.sections, strict=True):
        if _told(section) == _told(other):
            sentence = f"In {section.language} both variants say the same, so its readers make the trial tell less."
            hint = f"Write something for one of them in {section.language}, too."
            yield Finding(Severity.WARN, "variants-alike", sentence, hint, section.language, section.line)
        else:
            sentence = f"In {section.language} both variants can be set, and differ."
            yield Finding(Severity.FINE, "variants", sentence, "", section.language)


def _told(section: Section) -> tuple[str, str, str]:
    return section.title, section.preheader, section.markdown
