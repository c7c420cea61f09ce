"""Counting what came of a run: each question reads all its copies once."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.hit.hit import Hit
from newsletter.hit.judge import Verdict
from newsletter.ledger.run import Run, RunState
from newsletter.pace.admission import Errand
from newsletter.pace.eta import Left
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.rule import EVERY
from newsletter.report.ahead import left_to_send
from newsletter.report.runs import copies_of, domains, run_head
from newsletter.report.said import Said, refused_for, said
from newsletter.report.taught import taught
from newsletter.results.figures import Clicks, Figures

_MOST_DOMAINS = 200  # with a rate for every domain; the small ones are poured together
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


def count(session: Session, run_id: int, house_zone: str, now: datetime) -> Figures:
    """The figures of a run as they are now. Raises NotFound."""
    head = run_head(session, run_id)
    to_go: tuple[Left, ...] = ()
    if head.state in (RunState.SENDING, RunState.PAUSED):
        limits, errand = limits_in_force(session), Errand(run_id, "", house_zone)
        to_go = tuple(_poured(left_to_send(session, limits, errand), limits))
    return Figures(
        counted_at=now,
        domains=domains(session, run_id),
        said=tuple(_without_addresses(said(session, run_id))),
        refused_for=refused_for(session, run_id),
        taught=taught(session, run_id, head.number),
        clicks=clicks(session, session.get_one(Run, run_id)),
        left=to_go,
    )


def clicks(session: Session, run: Run) -> Clicks:
    """From how many copies of a run people, and how many only programs, opened a page of ours."""
    human, machine, either = (
        func.count().filter(condition).label(name)
        for name, condition in (
            ("human", Hit.verdict == Verdict.HUMAN.value),
            ("machine", Hit.verdict == Verdict.MACHINE.value),
            ("either", Hit.verdict.in_(("", Verdict.UNSURE.value))),
        )
    )
    theirs = select(Hit.delivery_id, human, machine, either).where(copies_of(run, Hit.delivery_id))
    each = theirs.group_by(Hit.delivery_id).subquery()
    by_nobody_human = each.c.human == 0
    query = select(
        func.count().filter(each.c.human > 0),
        func.count().filter(by_nobody_human, each.c.either == 0),
        func.count().filter(by_nobody_human, each.c.either > 0),
        func.coalesce(func.sum(each.c.human), 0),
        func.coalesce(func.sum(each.c.machine), 0),
    ).select_from(each)
    return Clicks(*(int(number) for number in session.execute(query).one()))


def _without_addresses(answers: Iterable[Said]) -> Iterable[Said]:
    """What is kept outlives the person, and servers repeat more addresses than the one they were asked about."""
    return (replace(answer, reply=_ADDRESS.sub("…", answer.reply)) for answer in answers)


def _poured(left: Iterable[Left], limits: Limits) -> Iterable[Left]:
    """Domains that no limit is about are one."""
    poured: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for part in left:
        is_named = EVERY in limits.domains or part.domain in limits.domains or part.domain in limits.pauses
        poured[part.domain if is_named else "", part.zones] += part.copies
    kept, rest = poured.most_common(_MOST_DOMAINS), Counter[tuple[str, ...]]()
    for (_, zones), copies in poured.most_common()[_MOST_DOMAINS:]:
        rest[zones] += copies
    yield from (Left(domain, copies, zones) for (domain, zones), copies in kept)
    yield from (Left("", copies, zones) for zones, copies in rest.items())
