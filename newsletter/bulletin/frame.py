"""What stands around every bulletin, in the reader's language: why they get it and how it ends."""

from dataclasses import dataclass
from typing import Literal

from newsletter.language import direction, negotiate, sentence, translator

BECAUSE = sentence("You get this because {vendor} delivered a machine to you and you asked for “{topic}”.")
OPT_OUT = sentence("Stop these mails")
PREFERENCES = sentence("Choose what you get")
VIEW = sentence("View in browser")
MACHINES = sentence("Your machines")
CONTACT = sentence("Answer this mail to reach our service.")
RUNNING = sentence("Still running?")
ANSWERS = {
    "in_use": sentence("Yes, in use"),
    "backup": sentence("Only as back-up"),
    "gone": sentence("No longer here"),
}
"""What the heartbeat line offers, by the codes of `question.reasons.UnitAnswer`."""


@dataclass(frozen=True, slots=True)
class FrameTexts:
    """Plain text, not escaped. `direction` is `ltr` or `rtl`; `language` is the one the texts are in."""

    because: str
    opt_out: str
    preferences: str
    view: str
    machines: str
    contact: str
    running: str
    answers: dict[str, str]
    language: str
    direction: Literal["ltr", "rtl"]


def frame_texts(language: str, *, vendor: str, topic: str) -> FrameTexts:
    """The frame's texts in a language (BCP 47), or in English where we do not speak it."""
    spoken = negotiate(language)
    translate = translator(spoken).gettext
    return FrameTexts(
        because=translate(BECAUSE).format(vendor=vendor, topic=topic),
        opt_out=translate(OPT_OUT),
        preferences=translate(PREFERENCES),
        view=translate(VIEW),
        machines=translate(MACHINES),
        contact=translate(CONTACT),
        running=translate(RUNNING),
        answers={code: translate(words) for code, words in ANSWERS.items()},
        language=spoken,
        direction=direction(spoken),
    )
