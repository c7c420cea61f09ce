"""What a digest says: each bulletin with its title, its first lines and a link."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.bulletin.anybody import summary_for_anybody, title_for
from newsletter.digest.pending import News
from newsletter.language import sentence
from newsletter.links import Links, OptOutLink
from newsletter.post.wording import Links as Choices
from newsletter.post.wording import Part, Text, Wording

SUBJECT = sentence("What is new from {vendor}")
SINCE = sentence("These bulletins were sent since the last mail of this kind.")
WHY = sentence("You get this because you asked for our bulletins together in one mail.")
CHOOSE = sentence("Choose what you get")
STOP = sentence("Stop these mails")


@dataclass(frozen=True, slots=True)
class Told:
    """One bulletin and where it can be read."""

    news: News
    link: str


def wording_of(told: Sequence[Told], language: str, *, preferences: str, leave: str) -> tuple[Wording, dict[str, str]]:
    """The letter, and the values of its placeholders: titles and summaries are what staff wrote."""
    values: dict[str, str] = {}
    parts: list[Part] = [Text(SINCE)]
    for number, one in enumerate(told):
        section = one.news.source.section_for(language)
        values[f"title{number}"] = title_for(one.news.source, section, {})
        values[f"summary{number}"] = summary_for_anybody(one.news.source, section)
        parts += Choices(((f"{{title{number}}}", one.link),)), Text(f"{{summary{number}}}")
    parts.append(Choices(((CHOOSE, preferences), (STOP, leave))))
    return Wording(SUBJECT, tuple(parts), WHY), values


def leave_link(links: Links, person_id: int, told: Sequence[Told]) -> str:
    """The link that takes its reader off every topic the digest tells of."""
    first, *further = dict.fromkeys(one.news.topic.id for one in told)
    return links.opt_out(OptOutLink(person_id, first, 0, tuple(further)))
