"""One run as somebody wants it who decides after a crash: how many copies stand where, and who is in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.ledger.progress import progress
from newsletter.ledger.refusal import Refusal
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.pace.admission import Errand
from newsletter.pace.eta import Eta
from newsletter.report.ahead import ahead
from newsletter.report.doubt import Doubt, doubts
from newsletter.report.runs import DomainFigures, domains, run_head
from newsletter.report.said import Said, refused_for, said

_WAITING = (State.WAITING, State.CLAIMED, State.DEFERRED)
_ALWAYS_SAID = (State.ACCEPTED, State.IN_DOUBT, *_WAITING)


@dataclass(frozen=True, slots=True)
class RunInFull:
    """`copies` counts by state; `in_doubt` wait for a decision, `were_in_doubt` have had theirs."""

    run: int
    number: str
    title: str
    state: RunState
    copies: Mapping[State, int]
    ahead: Eta | None
    left_out: Mapping[str, int]
    in_doubt: Sequence[Doubt]
    were_in_doubt: Sequence[Doubt]
    domains: Sequence[DomainFigures]
    refused_for: Mapping[Refusal, int]
    said: Sequence[Said]

    @property
    def accepted(self) -> int:
        """Copies that a server answers for."""
        return self.copies.get(State.ACCEPTED, 0)

    @property
    def waiting(self) -> int:
        """Copies still to go, those put off included."""
        return sum(self.copies.get(state, 0) for state in _WAITING)

    def as_plain(self) -> dict[str, object]:
        """The same for machines; the copies in doubt are in `in_doubt_copies`, so that `in_doubt` is the figure."""
        plain = asdict(self)
        return {
            **plain,
            "accepted": self.accepted,
            "in_doubt": self.copies.get(State.IN_DOUBT, 0),
            "waiting": self.waiting,
            "in_doubt_copies": plain["in_doubt"],
        }


def run_in_full(session: Session, errand: Errand, now: datetime) -> RunInFull:
    """Everything about a run that somebody needs who decides. Raises NotFound."""
    run_id = errand.run_id
    head, seen, lost = run_head(session, run_id), progress(session, run_id, now), doubts(session, run_id)
    return RunInFull(
        run=run_id,
        number=head.number,
        title=head.title,
        state=head.state,
        copies=seen.copies,
        ahead=ahead(session, errand, now),
        left_out=seen.left_out,
        in_doubt=[doubt for doubt in lost if doubt.is_open],
        were_in_doubt=[doubt for doubt in lost if not doubt.is_open],
        domains=domains(session, run_id).largest,
        refused_for=refused_for(session, run_id),
        said=said(session, run_id),
    )


def in_a_sentence(seen: RunInFull) -> str:
    """How many copies stand where: "4,995 accepted, 2 in doubt, 3 waiting." The other states where there are any."""
    others = {state: count for state, count in seen.copies.items() if state not in _ALWAYS_SAID and count}
    figures = {"accepted": seen.accepted, "in doubt": len(seen.in_doubt), "waiting": seen.waiting}
    figures |= {state.value.replace("_", " "): count for state, count in others.items()}
    return ", ".join(f"{count:,} {name}" for name, count in figures.items()) + "."
