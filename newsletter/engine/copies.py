"""Copies of one batch in an engine's hand: set, looked at once more before they go, and given a result."""

import time
from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.bulletin.compose import Press
from newsletter.bulletin.values import Reader
from newsletter.domain import domain_of
from newsletter.engine.outcome import result_of, words_of
from newsletter.engine.press import set_copy
from newsletter.errors import NewsletterError
from newsletter.ledger.claim import Claimed
from newsletter.ledger.record import Result
from newsletter.ledger.states import Event
from newsletter.pace.block import is_policy_block
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Cause, Kind, Outcome

STALE_AFTER = 0.5  # seconds after which claimed copies are looked at again before they go out

_TROUBLES = frozenset({Cause.CONNECTION, Cause.TIMEOUT, Cause.PROTOCOL, Cause.GREETING, Cause.LIMIT})

LookAgain = Callable[[Sequence[int]], Mapping[int, Event]]
"""Which of these copies are not to be sent after all, and what is to happen to them instead."""


class TakenBackError(Exception):
    """A copy whose envelope is out already is not to be sent after all."""


@dataclass
class Copies:
    """Each comes back with one result; with an error in place of the press none can be set.

    `checked` is when they were last known to be wanted (monotonic). One thread sends them; another may `take` more,
    `drain` the results, and look again with `unsent` and `drop`.
    """

    press: Press | NewsletterError
    look_again: LookAgain
    clock: Callable[[], datetime]
    trouble: Callable[[], str]
    checked: float
    stale_after: float = STALE_AFTER
    results: deque[Result] = field(default_factory=deque, init=False)
    is_troubled: bool = field(default=False, init=False)  # the relay wants fewer connections, or lost one
    late: int = field(default=0, init=False)  # copies that missed their slot
    may_take_more: bool = field(default=True, init=False)  # else one that came again would be taken for dropped still
    blocked: dict[int, str] = field(default_factory=dict, init=False)  # domains that refuse us, by delivery id
    open: dict[int, Claimed] = field(default_factory=dict, init=False)  # copies without a result
    _dropped: dict[int, Event] = field(default_factory=dict, init=False)
    _on_wire: set[int | None] = field(default_factory=set, init=False)  # whose messages are out and not answered for

    def take(self, copy: Claimed) -> None:
        """Have this one in hand."""
        self.open[copy.id] = copy

    def drain(self) -> list[Result]:
        """The results that there are by now, to be written down."""
        return [self.results.popleft() for _ in range(len(self.results))]

    @property
    def on_wire(self) -> frozenset[int | None]:
        """The copies whose messages are out and not answered for."""
        return frozenset(self._on_wire)

    @property
    def unsent(self) -> list[int]:
        """Those that are not. Of one on the wire only its answer can tell what became of it."""
        return [id_ for id_ in tuple(self.open) if id_ not in self._on_wire]

    def set(self, copy: Claimed, reader: Reader | None, date: datetime) -> Copy | None:
        """A copy as it goes on the wire; None where it has its result already, or cannot be set."""
        if copy.id not in self.open:
            return None
        try:
            if isinstance(self.press, NewsletterError):
                raise self.press
            envelope, octets = set_copy(self.press, reader, copy, date)
        except NewsletterError as error:
            self.note(Result(copy.id, Event.HOLD, str(error)))
            return None
        return Copy(copy.id, envelope, octets, is_body_sound=True)

    def is_wanted(self, key: int | None) -> bool:
        """Whether a copy is still to be sent, after looking again where it is long ago that somebody did."""
        if time.monotonic() - self.checked > self.stale_after:
            self.drop(self.look_again(self.unsent), time.monotonic())
        return key not in self._dropped

    def drop(self, unwanted: Mapping[int, Event], at: float) -> None:
        """Do not send these, as somebody found who looked `at` a time (monotonic)."""
        self._dropped |= unwanted
        self.may_take_more &= Event.RETURN not in unwanted.values()
        self.checked = max(self.checked, at)

    def last_look(self, key: int) -> None:
        """Note that a message goes on the wire now. Raises TakenBackError where it is not to."""
        if not self.is_wanted(key):
            raise TakenBackError
        self._on_wire.add(key)

    def settle(self, key: int | None, outcome: Outcome) -> None:
        """Note what a server said of a copy."""
        self._on_wire.discard(key)
        if key is None or key not in self.open:  # one that was ahead was dropped meanwhile
            return
        if outcome.kind is Kind.ACCEPTED and outcome.usable:  # nearly all, so it comes first
            self.note(Result(key, Event.ACCEPT, words_of(outcome)))
            return
        copy = self.open[key]
        if outcome.kind is Kind.UNSENT and outcome.cause is Cause.NONE:
            # The line broke at a copy before; this one was only next in turn.
            self.put_back(copy)
        else:
            if is_policy_block(outcome):
                self.blocked[copy.id] = domain_of(copy.address)
            self.note(result_of(outcome, copy, self.clock))
        self.is_troubled |= outcome.cause in _TROUBLES

    def settle_dropped(self) -> None:
        """Note those that are not to be sent."""
        for delivery_id in self._dropped.keys() & self.open.keys():
            self.note(Result(delivery_id, self._dropped[delivery_id], due_at=self.clock()))

    def put_back(self, copy: Claimed) -> None:
        """Have somebody send it another time."""
        self.note(Result(copy.id, Event.RETURN, self.trouble(), self.clock()))

    def put_back_unsent(self, among: Container[int | None] | None = None) -> None:
        """Have others send what is on no wire. A silent line that took such a copy finds that it is not to go."""
        self.may_take_more = False
        for delivery_id in self.unsent:
            if among is None or delivery_id in among:
                self._dropped[delivery_id] = Event.RETURN
                self.put_back(self.open[delivery_id])

    def put_back_all(self) -> None:
        """Have others send everything; nothing is on a wire any more."""
        for copy in [*self.open.values()]:
            self.put_back(copy)

    def note(self, result: Result) -> None:
        """Have the result of a copy. At no time is it neither open nor among the results."""
        self.results.append(result)
        del self.open[result.delivery_id]
