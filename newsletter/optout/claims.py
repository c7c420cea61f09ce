"""What an answer is evidence of, and about which machine. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.ledger.concerned import Machine
from newsletter.question.meaning import Says, said_by_reason, said_of_unit
from newsletter.question.reasons import Reason
from newsletter.question.said import Said
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State


@dataclass(frozen=True, slots=True)
class Target:
    """What is spoken of: a unit, or with `unit_id` None a machine of the account, which one was not said."""

    account_id: int
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a target; `says` None tells nothing about the machine."""

    kind: Kind
    says: State | None
    detail: str


def claims(said: Said, machines: Sequence[Machine], account_ids: Sequence[int]) -> dict[Target, Claim]:
    """What somebody's words say, by target. `machines` are those their copy named, at the accounts `account_ids`.

    Somebody who looks after machines at several accounts says "we no longer use it" of one of them, and we do not know
    which: a wrong "not in use" on a customer's record does more harm than none. Such an answer is kept and shown on
    each account, but says nothing about a machine until they name one.
    """
    only = machines[0].unit_id if len(machines) == 1 else None
    told = {target: _general(said, target, machines, account_ids) for target in (Target(a, only) for a in account_ids)}
    named = {m.unit_id: m for m in machines if len(machines) > 1}
    for unit_id, answer in said.machines.items():
        if unit_id in named:
            target = Target(named[unit_id].account_id, unit_id)
            told[target] = Claim(Kind.OPT_OUT_ANSWER, State(said_of_unit(answer)), answer)
    return {target: claim for target, claim in told.items() if claim is not None}


def can_be_placed(machines: Sequence[Machine], account_ids: Sequence[int]) -> bool:
    """Whether "the machine", without a name, can be put on record: there is one account it can stand at."""
    return not machines and len(account_ids) == 1


def _general(said: Said, target: Target, machines: Sequence[Machine], account_ids: Sequence[int]) -> Claim | None:
    """What is said of the one machine, or of the one that was not named."""
    on_its_own = said.machines.get(target.unit_id) if len(machines) < 2 else None
    reason_tells = said.reason is not None and said_by_reason(said.reason) is not None
    if on_its_own and len(account_ids) == 1 and (said.machine_came_last or not reason_tells):
        return Claim(Kind.OPT_OUT_ANSWER, State(said_of_unit(on_its_own)), on_its_own)
    if said.reason is None:
        return None
    if said.reason is Reason.WRONG_PERSON:
        return Claim(Kind.CONTACT_LEFT, None, said.reason)
    says = said_by_reason(said.reason)
    if len(account_ids) > 1 or (says and _is_named(said, says, machines)):
        says = None
    return Claim(Kind.OPT_OUT_ANSWER, State(says) if says else None, said.fate or said.reason)


def _is_named(said: Said, says: Says, machines: Sequence[Machine]) -> bool:
    """Whether the machine that was meant was named since: one of which they say the same, or all were gone through."""
    if len(machines) < 2:
        return False
    answered = [said.machines[m.unit_id] for m in machines if m.unit_id in said.machines]
    return len(answered) == len(machines) or says in map(said_of_unit, answered)
