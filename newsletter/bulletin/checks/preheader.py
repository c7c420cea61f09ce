"""What a list of mails shows behind the subject."""

from collections.abc import Iterator

from newsletter.bulletin.checks.subject import FORBIDDEN
from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity

SHOWN = 100  # characters


def about_preheader(told: Told) -> Iterator[Finding]:
    """Whether there is one, and whether it says anything new."""
    section = told.section
    where = (section.language, section.preheader_at[0] if section.preheader else section.title_line)
    if not section.preheader:
        hint = "Add a line such as `preheader: Grease with half the usual amount`."
        sentence = "There is no preheader: a list of mails shows the title twice."
        yield Finding(Severity.WARN, "preheader-missing", sentence, hint, *where)
    elif " ".join(section.preheader.lower().split()) == " ".join(section.title.lower().split()):
        yield Finding(
            Severity.WARN, "preheader-same", "The preheader repeats the title.", "Say the next thing.", *where
        )
    elif found := FORBIDDEN.search(section.preheader):
        sentence = f"The preheader holds U+{ord(found[0]):04X}, which may turn its reading round."
        yield Finding(Severity.WARN, "preheader-characters", sentence, "Type it anew instead of pasting it.", *where)
    elif len(section.preheader) > SHOWN:
        sentence = f"The preheader has {len(section.preheader)} characters; at most {SHOWN} are shown."
        yield Finding(Severity.WARN, "preheader-long", sentence, "Make it shorter.", *where)
    else:
        yield Finding(Severity.FINE, "preheader", "There is a preheader.", "", *where)
