"""The reminder of a safety bulletin: what is still open, and the button that says it is done. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from newsletter.bulletin.frame import OPT_OUT
from newsletter.bulletin.values import Machine
from newsletter.language import sentence
from newsletter.post.wording import Button, Part, Strong, Text, Wording
from newsletter.post.wording import Links as Choices

SUBJECT = sentence("Still open: {title}")
OPEN = sentence("On {date} we wrote to you about {bulletin}, “{title}”. As far as we know it is not done yet for:")
TELL = sentence("Tell us what is done")
AGAIN = sentence("Read the bulletin again")
HOW_LONG = sentence("We remind you every {days} days, until you or a colleague of yours tells us that it is done.")
WHICH = sentence("This is reminder {number} of {most}.")
WHY = sentence("You get this reminder because {bulletin} is about the safety of your machines.")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is reminded of: the bulletin, when its copy went out, which reminder this is and how many there are."""

    bulletin: str
    title: str
    sent_on: date
    days: int
    number: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Pages:
    """The links of one reminder."""

    done: str
    view: str
    leave: str


def reminder(
    occasion: Occasion, machines: Sequence[Machine], language: str, pages: Pages
) -> tuple[Wording, Mapping[str, str]]:
    """The letter about what one reader has open, and its values."""
    values = {
        "title": occasion.title,
        "bulletin": occasion.bulletin,
        "date": format_date(occasion.sent_on, "long", locale=language),
        "days": str(occasion.days),
        "number": str(occasion.number),
        "most": str(occasion.at_most),
    }
    named = {f"machine_{number}": f"{machine.model} {machine.serial}" for number, machine in enumerate(machines)}
    parts: tuple[Part, ...] = (
        Text(OPEN),
        *(Strong(f"{{{name}}}") for name in named),
        Button(TELL, pages.done),
        Text(HOW_LONG),
        Text(WHICH),
        Choices(((AGAIN, pages.view), (OPT_OUT, pages.leave))),
    )
    return Wording(SUBJECT, parts, WHY), {**values, **named}
