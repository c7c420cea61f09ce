"""The check-in letter to one person, ready to be posted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.bulletin.frame import ANSWERS
from newsletter.bulletin.values import listed
from newsletter.checkin.wording import Text
from newsletter.language import sentence
from newsletter.ledger.concerned import Machine
from newsletter.links import Links, OptOutLink
from newsletter.post.wording import Button, Part, Strong, Wording
from newsletter.post.wording import Links as Choices
from newsletter.post.wording import Text as Paragraph

MOST_IN_MAIL = 3
"""So many machines have their answers in the mail itself; of more, the page has them all."""

WHY = sentence("You get this one question because {vendor} delivered a machine to you and you agreed to hear from us.")
EACH = sentence("Answer for each machine")
NOT_ME = sentence("I am not the right person")
STOP = sentence("Stop all mails from {vendor}")


@dataclass(frozen=True, slots=True)
class CheckInLetter:
    """What `post` wants of a letter."""

    wording: Wording
    values: Mapping[str, str]
    leave_link: str


def check_in_letter(
    text: Text, machines: Sequence[Machine], language: str, *, vendor: str, page: str, leave_link: str
) -> CheckInLetter:
    """The letter. `page` is the link of its answers, `leave_link` the one that stops all mail.

    The words of staff travel as values, never as sentences: what stands in them is shown and not looked up or filled.
    """
    named = [f"{machine.model} {machine.serial}" for machine in machines]
    told = text.filled({"vendor": vendor, "machines": str(listed(named, language))})
    values = {"subject": told.subject}
    parts: list[Part] = []
    for number, paragraph in enumerate(told.paragraphs):
        values[f"paragraph_{number}"] = paragraph
        parts.append(Paragraph(f"{{paragraph_{number}}}"))
    for number, machine in enumerate(machines[:MOST_IN_MAIL] if len(machines) <= MOST_IN_MAIL else ()):
        values[f"machine_{number}"] = named[number]
        answers = tuple((words, f"{page}/{machine.unit_id}/{code}") for code, words in ANSWERS.items())
        parts += [Strong(f"{{machine_{number}}}"), Choices(answers)]
    if len(machines) > MOST_IN_MAIL:
        parts.append(Button(EACH, page))
    parts.append(Choices(((NOT_ME, page), (STOP, leave_link))))
    return CheckInLetter(Wording("{subject}", tuple(parts), WHY), values, leave_link)


def leave_everything(links: Links, person_id: int) -> str:
    """The link by which the reader of a letter that belongs to no topic stops all mail."""
    return links.opt_out(OptOutLink(person_id, 0, 0))
