"""One thing that happened, ready to be read. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `quote` is what somebody wrote, to the letter; `about_machine` where it tells of one.

    `place` names it on the timeline, once told. `others` are the anchors of the same again before it, back to `first`.
    """

    at: datetime
    kind: str  # evidence, answer, opt_out, consent, wish, delivery, letter, note, fact, contact, agreement, work
    title: str
    detail: str
    quote: str = ""
    about_machine: bool = False
    place: str = field(default="", compare=False)
    others: tuple[str, ...] = field(default=(), compare=False)
    first: datetime | None = field(default=None, compare=False)

    @property
    def anchor(self) -> str:
        """Its name on the page."""
        _, source, id_ = self.place.rsplit("~", 2)
        return anchor(int(source), int(id_))


def anchor(source: int, id_: int) -> str:
    """How an entry is named within a page."""
    return f"entry-{source}-{id_}"


def drawn_together(story: Iterable[Happening]) -> list[Happening]:
    """A story in which what says the same several times in a row, as a machine that reports daily, is told once."""
    told: list[Happening] = []
    for happening in story:
        last = told[-1] if told else None
        if last is not None and happening.about_machine and happening == replace(last, at=happening.at):
            told[-1] = replace(last, others=(*last.others, happening.anchor), first=happening.at)
        else:
            told.append(happening)
    return told
