"""What the pages of follow-up work share: words for templates, and what an address asks for."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.causes import Cause
from newsletter.followup.digest import teams_of
from newsletter.followup.follow_up import State
from newsletter.followup.inbox import Due, Sort, Wanted
from newsletter.followup.outcomes import FOUND
from newsletter.followup.outcomes import IN_WORDS as OUTCOMES
from newsletter.followup.rules import Team
from newsletter.report.wording import WORK
from newsletter.web.house import house
from newsletter.web.staff.colleague import somebody
from newsletter.web.staff.lists import word

TEAMS: Mapping[Team, str] = {Team.SERVICE: "Service", Team.SALES: "Sales", Team.NOBODY: "Nobody"}
STATES: Mapping[State, str] = {
    State.OPEN: "open",
    State.TAKEN: "taken",
    State.HANDED_OVER: "handed over",
    State.CLOSED: "closed",
}
DUES: Mapping[Due, str] = {Due.LATE: "Late", Due.TODAY: "Today or late", Due.WEEK: "Within a week"}
SORTS: Mapping[Sort, str] = {Sort.DUE: "What is due first", Sort.NEWEST: "The newest first", Sort.ACCOUNT: "By account"}
EVERY_TEAM = "all"

_FIELDS = ("team", "owner", "due", "state", "product", "cause", "country", "sort")
_Code = TypeVar("_Code", bound=StrEnum)


def install(app: Flask) -> None:
    """Give an application's templates the words."""
    app.jinja_env.filters.update(
        cause=lambda code: CAUSES[Cause(code)],
        team=lambda code: TEAMS[Team(code)],
        work_state=lambda code: STATES[State(code)],
        outcome=OUTCOMES.__getitem__,
        found=FOUND.__getitem__,
        work_act=WORK.__getitem__,
    )


def today() -> date:
    """Today, on the clock of the house."""
    return house().clock().astimezone(ZoneInfo(house().config.zone)).date()


def own_team() -> Team:
    """The inbox a colleague sees first."""
    return (*teams_of([str(duty) for duty in somebody().duties]), Team.SERVICE)[0]


def wanted(asked: Mapping[str, str]) -> Wanted:
    """What an address asks for; what makes no sense is everything, and where no team is named it is their own."""
    team = word(asked, "team")
    return Wanted(
        team=None if team == EVERY_TEAM else code(Team, team) or own_team(),
        owner=word(asked, "owner"),
        due=code(Due, word(asked, "due")),
        state=code(State, word(asked, "state")),
        product=word(asked, "product"),
        cause=code(Cause, word(asked, "cause")),
        country=word(asked, "country"),
        sort=code(Sort, word(asked, "sort")) or Sort.DUE,
    )


def asked_for(asked: Mapping[str, str]) -> dict[str, str]:
    """The same as parameters of an address, without what is left out."""
    return {name: value for name in _FIELDS if (value := word(asked, name))}


def inbox_of(asked: Mapping[str, str]) -> str:
    """The address of the inbox, narrowed down so."""
    return "?".join(filter(None, (url_for("work.listed"), urlencode(asked))))


def code(kind: type[_Code], text: str) -> _Code | None:
    """A code by its text; None for anything else."""
    return kind(text) if text in set(kind) else None
