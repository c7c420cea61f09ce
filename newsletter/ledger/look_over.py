"""Preflight of a bulletin with everything that the house knows about it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.segment import Reach, Rule, reach
from newsletter.bulletin.ask_outside import SeenOutside, seen_outside
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.checks.readers import RECENT_DAYS
from newsletter.bulletin.compose import partly_needed_tags
from newsletter.bulletin.files import need_files
from newsletter.bulletin.finding import Finding
from newsletter.bulletin.pictures import need_pictures
from newsletter.bulletin.preflight import Facts, as_finding, is_blocked, preflight
from newsletter.bulletin.source import Source
from newsletter.bulletin.unmet import conditions_of, unknown_models, unmet
from newsletter.bulletin.write import topic_of
from newsletter.errors import BadBulletin
from newsletter.ledger.lately import had_another
from newsletter.ledger.order import Desk


@dataclass(frozen=True, slots=True)
class LookedOver:
    """The findings, the worst first, whom it would reach, and what was asked outside."""

    findings: list[Finding]
    reach: Reach
    outside: SeenOutside

    @property
    def is_blocked(self) -> bool:
        """Whether it may not be sent."""
        return is_blocked(self.findings)


def look_over(
    session: Session, desk: Desk, source: Source, now: datetime, *, bulletin_id: int | None, version_id: int | None
) -> LookedOver:
    """A bulletin looked over; without ids it is not written down yet. Raises nothing for what is in its text."""
    outside = seen_outside(session, version_id, desk.sender.address.rpartition("@")[2])
    try:
        topic = topic_of(session, source)
        audience = desk.audience(session, source, topic, bulletin_id, now)
        version = session.get(Version, version_id) if version_id is not None else None
        press = desk.press(source, topic, "preflight", version.frozen_at if version else None)
        conditions, tags = conditions_of(source), partly_needed_tags(source)
        pictures = need_pictures(session, source)
        files = {file.name: file.octets for file in need_files(session, source)}
    except BadBulletin as error:
        return LookedOver([as_finding(error)], Reach(0, {}, 0, 0), outside)
    counted = reach(session, audience)
    facts = Facts(
        answers=outside.answers,
        domain=outside.domain,
        missing=_missing(counted),
        targeted=counted.targeted,
        recently=had_another(session, audience, bulletin_id, now, days=RECENT_DAYS),
        partly_missing=_missing(reach(session, replace(audience, needs=tags))) if tags else {},
        unmet=unmet(session, audience, conditions),
        unknown_models=unknown_models(session, conditions),
        pictures=pictures,
        files=files,
    )
    return LookedOver(preflight(press, facts), counted, outside)


def _missing(counted: Reach) -> dict[str, int]:
    begins = f"{Rule.MISSING_VALUE}:"
    return {rule.removeprefix(begins): count for rule, count in counted.left_out.items() if rule.startswith(begins)}


def unreadable(why: Finding) -> LookedOver:
    """What there is to say about a text that is no bulletin."""
    return LookedOver([why], Reach(0, {}, 0, 0), SeenOutside({}, None, 0, None))
