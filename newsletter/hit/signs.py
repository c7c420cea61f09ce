"""What speaks for a program and what for a person, how much, and why: the one table of parameters."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

BREATH = timedelta(seconds=10)
"""Nobody reads two pages in less; links opened closer together were opened in one breath."""

TRAP_HOLDS = timedelta(seconds=60)
"""A gateway is done with a mail in so long. Later the reader comes, and is not damned for their gateway."""

ANSWERING = timedelta(seconds=30)
"""How long taps on one question count as one answering of it."""

MANY_LINKS, MANY_ANSWERS, SEVERAL_BUTTONS, EVERY_BUTTON = 3, 3, 3, 6
AT_ONCE, SOON, LATER = 10.0, 60.0, 3600.0  # seconds since the copy was accepted
BLINK, READ = 1.0, 2.0  # seconds since the page was shown

MACHINE_FROM, HUMAN_UNTIL = 3.0, -1.0
"""The sum from which a hit is a machine's, and the one down to which it must come to be a person's."""


class Sign(StrEnum):
    """One thing to be seen in a hit or around it."""

    HEAD = "head"
    TRAP = "trap"
    MANY_LINKS = "many_links"
    SECOND_LINK = "second_link"
    MANY_ANSWERS = "many_answers"
    EVERY_BUTTON = "every_button"
    SEVERAL_BUTTONS = "several_buttons"
    NO_PAGE = "no_page"
    BLINK = "blink"
    AT_ONCE = "at_once"
    SOON = "soon"
    CROWD = "crowd"
    READ = "read"
    WROTE = "wrote"
    LATER = "later"
    CHOSE = "chose"


@dataclass(frozen=True, slots=True)
class Points:
    """`points` above 0 speak for a machine, below for a person; `words` continue "Why we think so: ..."."""

    points: float
    words: str
    reason: str


SIGNS: dict[Sign, Points] = {
    Sign.HEAD: Points(6, "it asked with HEAD", "No browser does that when somebody follows a link."),
    Sign.TRAP: Points(6, "the hidden link of the mail was opened", "No reader sees it; who follows all links does."),
    Sign.MANY_LINKS: Points(4, "several links of the mail were opened in one breath", "People open them one by one."),
    Sign.SECOND_LINK: Points(1, "two links of the mail were opened in one breath", "Two tabs at once are rare."),
    Sign.MANY_ANSWERS: Points(
        6, "the same question was answered in three ways", "Even from a person such an answer would say nothing."
    ),
    Sign.EVERY_BUTTON: Points(4, "one button after the other was pressed", "Six in ten seconds is no reading."),
    Sign.SEVERAL_BUTTONS: Points(1, "three buttons were pressed in ten seconds", "A quick reader manages that."),
    Sign.NO_PAGE: Points(1.5, "the button's page had not been shown", "But a page may be saved, or a form sent twice."),
    Sign.BLINK: Points(1, "the button was pressed within a second", "Hardly anybody reads that fast."),
    Sign.AT_ONCE: Points(1, "it came within ten seconds of delivery", "Gateways open links at once; so may a reader."),
    Sign.SOON: Points(0.25, "it came within a minute of delivery", "As above, less so."),
    Sign.CROWD: Points(3, "most of the people at that domain came within two minutes", "A gateway serves them all."),
    Sign.READ: Points(-2, "the page was open for a while before the button was pressed", "Programs do not linger."),
    Sign.WROTE: Points(-2, "somebody wrote a text", "Programs fill no text in."),
    Sign.LATER: Points(-1, "it came an hour or more after delivery", "Gateways look at mail when it arrives."),
    Sign.CHOSE: Points(-0.5, "one answer was chosen and the others were left alone", "Programs press all or none."),
}

BY_A_PERSON = frozenset({Sign.READ, Sign.WROTE})
"""What shows somebody at the page, and not only that nothing speaks for a machine."""
