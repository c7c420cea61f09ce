"""What the bulletin pages share: the desk, the bulletin an address names, and words for templates."""

from datetime import datetime
from functools import lru_cache

from flask import Flask
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.write import newest_of
from newsletter.clock import known_zones
from newsletter.errors import NotFound
from newsletter.language import LANGUAGES
from newsletter.ledger.lookup import rule_in_words
from newsletter.ledger.order import Desk
from newsletter.report.standing import in_a_word
from newsletter.report.wording import DELIVERIES, REFUSALS
from newsletter.segment.choosing import choose
from newsletter.web.house import house
from newsletter.web.staff.colleague import somebody
from newsletter.web.staff.guard import duties_of
from newsletter.web.staff.trial_words import CHOICES, MEASURES

PAGE = 100
LARGEST_ID = 2**63 - 1
"""What a database takes for an id; the number in an address may be anything."""

RUN = f"/staff/runs/<int(max={LARGEST_ID}):run_id>"
"""The address of a run."""


def install(app: Flask) -> None:
    """Give an application's templates what the bulletin pages say."""
    app.jinja_env.filters.update(
        rule=lambda rule: _capital(rule_in_words(rule)),
        copy_state=lambda state: DELIVERIES[state],
        refusal=lambda cause: REFUSALS[cause],
        run_state=in_a_word,
        figure="{:,}".format,
        language=lambda code: LANGUAGES.get(code, code),
        number_of=number_of,
    )
    app.jinja_env.globals.update(may=may, trial_measures=MEASURES, trial_choices=CHOICES)


def desk() -> Desk:
    """Where bulletins are ordered."""
    return Desk(house().db, house().config.sender, house().links, choose, house().config.approval)


def author() -> str:
    """Under which name an act is written down."""
    email: str = somebody().email
    return email


def now() -> datetime:
    """The house's time."""
    return house().clock()


def may(endpoint: str) -> bool:
    """Whether the colleague who looks at a page gets the one behind an endpoint too."""
    return bool(somebody().duties & duties_of(endpoint))


def version_of(session: Session, number: str) -> Version:
    """The newest version under the number in an address. Raises NotFound."""
    if not number.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("There is no such bulletin.")
    return newest_of(session, number)


def id_from(text: str | None) -> int:
    """An id that came with an address; 0, which nothing has, for anything else."""
    is_one = text is not None and text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID))
    return int(text) if is_one and text else 0


def number_of(count: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 person", "2,207 machines"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones to choose from: those with a place in their name, and UTC."""
    return ("UTC", *sorted(zone for zone in known_zones() if "/" in zone and not zone.startswith("Etc/")))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
