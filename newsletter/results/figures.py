"""The figures of a run that take reading all its copies, kept so that a page reads one row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from newsletter.ledger.refusal import Refusal
from newsletter.ledger.states import State as CopyState
from newsletter.pace.eta import Left
from newsletter.question.reasons import Reason
from newsletter.report.runs import DomainFigures, Domains
from newsletter.report.said import Said
from newsletter.report.taught import Taught
from newsletter.signal.rules import State

_SILENT = ""  # the key of "no reason given": JSON has no other name for nothing


@dataclass(frozen=True, slots=True)
class Clicks:
    """Copies from which somebody opened a page of ours: a person, only programs, or nobody can say who.

    `human_visits` and `machine_visits` are how many pages they opened.
    """

    human: int = 0
    machine: int = 0
    unsure: int = 0
    human_visits: int = 0
    machine_visits: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of the copies of a run. `left` are the copies still to go by where they go, for the forecast."""

    counted_at: datetime
    domains: Domains
    said: tuple[Said, ...]
    refused_for: Mapping[Refusal, int]
    taught: Taught
    clicks: Clicks
    left: tuple[Left, ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """For JSON, without the time, which has its own column."""
        plain = asdict(replace(self, taught=Taught({}, {})))
        del plain["counted_at"]
        reasons = {reason or _SILENT: count for reason, count in self.taught.reasons.items()}
        return {**plain, "taught": {"reasons": reasons, "machines": dict(self.taught.machines)}}

    @classmethod
    def of_plain(cls, counted_at: datetime, plain: Mapping[str, Any]) -> Self:
        """The same, read back."""
        domains, taught = plain["domains"], plain["taught"]
        return cls(
            counted_at,
            Domains(
                tuple(DomainFigures(**row) for row in domains["largest"]),
                domains["others"],
                DomainFigures(**domains["rest"]),
            ),
            tuple(Said(CopyState(row["state"]), row["reply"], row["copies"]) for row in plain["said"]),
            {Refusal(cause): count for cause, count in plain["refused_for"].items()},
            Taught(
                {Reason(reason) if reason else None: count for reason, count in taught["reasons"].items()},
                {State(state): count for state, count in taught["machines"].items()},
            ),
            Clicks(**plain["clicks"]),
            tuple(Left(row["domain"], row["copies"], tuple(row["zones"])) for row in plain["left"]),
        )
