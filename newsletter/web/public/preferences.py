"""The page where somebody chooses what they get: one form, one button, and what its reader did not touch stays."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Self

from flask import Response

from newsletter.audience.pausing import NO_DAY, months_after
from newsletter.audience.preferences import Frequency
from newsletter.audience.subscribing import AGREEMENT
from newsletter.errors import BadAnswer, NewsletterError
from newsletter.language import LANGUAGES, negotiate, sentence
from newsletter.links import OptOutLink
from newsletter.optout.choosing import Changes, Choosing, choose, choosing
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.asking_again import ask_again
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page

FREQUENCIES = {
    Frequency.EACH: sentence("Each mail when it comes out"),
    Frequency.WEEKLY: sentence("Once a week, all in one mail"),
    Frequency.MONTHLY: sentence("Once a month, all in one mail"),
    Frequency.SAFETY: sentence("Safety notices only"),
}

_BOX = re.compile(r"(topic|machine)-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form. `seen` is what stood there when the page was first shown: only differences count."""

    on: frozenset[str]
    frequency: str
    language: str
    pause: str  # "none", "1", "3" (months) or "day"
    day: str
    no_contact: bool

    @classmethod
    def with_state(cls, state: Choosing) -> Self:
        """As things stand."""
        day = state.paused_until.isoformat() if state.paused_until else ""
        spoken = negotiate(state.language) if state.language else ""
        return cls(state.on, state.frequency, spoken, "day" if day else "none", day, state.no_contact)

    @classmethod
    def by(cls, form: Mapping[str, str]) -> Self:
        """As somebody sent it."""
        return cls(
            frozenset(name for name in form if _BOX.fullmatch(name)),
            form.get("frequency", ""),
            form.get("language", ""),
            form.get("pause", ""),
            form.get("day", "").strip(),
            "no_contact" in form,
        )

    @property
    def seen(self) -> str:
        """All of it on one line, for a hidden field."""
        told = (f"={self.frequency}", f"@{self.language}", f"!{self.pause}", f"#{self.day}", f"?{self.no_contact:d}")
        return " ".join((*sorted(self.on), *told))


@dataclass(frozen=True, slots=True)
class Saved:
    """Topics that were left by a button, and those a letter was asked for."""

    left: frozenset[int]
    asked: frozenset[int]


NOTHING = Saved(frozenset(), frozenset())


@public.get("/preferences/<token>")
def show_preferences(token: str) -> Response:
    """What somebody gets; changes nothing."""
    return _shown(token, house().links.read_preferences(token))


@public.post("/preferences/<token>")
def save_preferences(token: str) -> Response:
    """Make what was changed on the page true."""
    person_id, form = house().links.read_preferences(token), fields()
    filled, seen = Filled.by(form), frozenset(form.get("seen", "").split())
    with house().db.read() as session:
        state = choosing(session, person_id, house().clock())
    try:
        changes = _changes(filled, seen, state)
        choose(house().db, person_id, changes, house().clock())
    except BadAnswer as error:
        return _shown(token, person_id, filled=filled, seen=" ".join(sorted(seen)), trouble=error)
    asked = _ids(filled.on - seen, "topic") - {topic.id for topic in state.topics if topic.is_on}
    if asked:
        ask_again(person_id, asked, language(state.language))
    return _shown(token, person_id, saved=Saved(frozenset(changes.left), asked))


def _changes(filled: Filled, seen: frozenset[str], state: Choosing) -> Changes:
    """What differs from what was seen. Raises BadAnswer for a day that is none."""
    off, on = frozenset(name for name in seen if _BOX.fullmatch(name)) - filled.on, filled.on - seen
    pause, goes_on = _pause(filled, seen, state)
    is_new_language = f"@{filled.language}" not in seen and filled.language in {"", *LANGUAGES}
    return Changes(
        left=_ids(off, "topic") & {topic.id for topic in state.topics if topic.is_on},
        muted=_ids(off, "machine"),
        heard=_ids(on, "machine"),
        frequency=_frequency(filled.frequency) if f"={filled.frequency}" not in seen else None,
        language=filled.language if is_new_language else None,
        pause=pause,
        goes_on=goes_on,
        no_contact=filled.no_contact if f"?{filled.no_contact:d}" not in seen else None,
    )


def _pause(filled: Filled, seen: frozenset[str], state: Choosing) -> tuple[date | None, bool]:
    """The day on which mails go on, or that a pause ends. A day that was filled in counts without its button, too."""
    is_new_day, is_new_choice = f"#{filled.day}" not in seen, f"!{filled.pause}" not in seen
    if filled.pause in ("1", "3"):
        return months_after(state.today, int(filled.pause)), False
    if filled.pause == "day" or (is_new_day and filled.day and not is_new_choice):
        return (_day(filled.day) if is_new_day or is_new_choice else None), False
    return None, is_new_choice and filled.pause == "none"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadAnswer(NO_DAY) from error


def _frequency(text: str) -> Frequency | None:
    return Frequency(text) if text in set(Frequency) else None


def _ids(boxes: frozenset[str], kind: str) -> frozenset[int]:
    found = (_BOX.fullmatch(box) for box in boxes)
    return frozenset(int(box[2]) for box in found if box and box[1] == kind)


def _shown(
    token: str,
    person_id: int,
    *,
    filled: Filled | None = None,
    seen: str = "",
    trouble: NewsletterError | None = None,
    saved: Saved = NOTHING,
) -> Response:
    with house().db.read() as session:
        state = choosing(session, person_id, house().clock())
    stands = Filled.with_state(state)
    return page(
        "preferences.html",
        language(state.language),
        status_of(trouble) if trouble else HTTPStatus.OK,
        token=token,
        state=state,
        filled=filled or stands,
        seen=seen or stands.seen,
        frequencies=FREQUENCIES,
        agreement=AGREEMENT,
        is_saved=saved is not NOTHING,
        trouble=trouble,
        left=[(topic.name, _way_back(person_id, topic.id)) for topic in state.topics if topic.id in saved.left],
        asked=[topic.name for topic in state.topics if topic.id in saved.asked],
    )


def _way_back(person_id: int, topic_id: int) -> str:
    return f"/leave/{house().links.opt_out_token(OptOutLink(person_id, topic_id, 0))}"
