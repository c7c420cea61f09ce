"""Made-up worlds: machines that live and die, people who leave for their own reasons, scanners, lies and silence."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from newsletter.signal.kinds import Kind
from newsletter.signal.rules import Observed, State

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
YEAR = 365.25


@dataclass(frozen=True, slots=True)
class World:
    """Rates a year, and shares. `shape` 1 is a constant hazard, more means that old machines end sooner."""

    median_life: float = 18
    shape: float = 1.6
    oldest: float = 16
    history: float = 8  # years of evidence besides installations
    mute: float = 0.35  # share of machines that never give a trace
    traces: float = 0.6  # a year, on average, of those that do
    telemetry: float = 0.1  # share of machines
    disconnected: float = 0.1  # a year
    agreements: float = 0.15
    backups: float = 0.03  # a year, of the machines in use
    bulletins: float = 4
    clicks: float = 0.05  # per bulletin
    scanners: float = 0.3  # share of accounts
    leaving: float = 0.12  # opt-outs a year
    leaving_when_gone: float = 3.0  # times as many
    answering: float = 0.3  # of who leaves
    check_ins: float = 0.5  # asked a year, when silent for a year
    answering_check_in: float = 0.2
    answering_when_gone: float = 1.0  # times as many
    heartbeats: float = 0.02  # per bulletin
    lies: float = 0.04
    not_knowing: float = 0.05
    unnamed: float = 0.2  # share of answers that name no machine
    people_leave: float = 0.1
    strays: float = 0.003  # traces of machines that are gone, a year
    ends_told: float = 0.05  # share of ends a colleague hears of


@dataclass(slots=True)
class Unit:
    """One machine, its truth and its evidence. `ends` and `backup` are days before (negative) or after AS_OF."""

    account: int
    number: int
    installed: float
    ends: float
    backup: float
    evidence: list[Observed] = field(default_factory=list)

    @property
    def is_used(self) -> bool:
        return self.ends > 0

    def state(self, day: float) -> State:
        if day >= self.ends:
            return State.NOT_IN_USE
        return State.BACKUP if day >= self.backup else State.IN_USE


class Maker:
    """One world played from a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice, self.last_id = world, random.Random(seed), 0  # noqa: S311 - a world, not a secret

    def units(self, accounts: int) -> list[Unit]:
        return [unit for account in range(accounts) for unit in self._account(account)]

    def _account(self, account: int) -> list[Unit]:
        count = self.dice.choice((1, 1, 1, 2, 2, 3, 5))
        units = [self._unit(account, number) for number in range(count)]
        for unit in units:
            self._live(unit)
        self._people(units)
        return units

    def _unit(self, account: int, number: int) -> Unit:
        world, dice = self.world, self.dice
        installed = -dice.uniform(0.1, world.oldest) * YEAR
        scale = world.median_life / math.log(2) ** (1 / world.shape)
        ends = installed + dice.weibullvariate(scale, world.shape) * YEAR
        backup = installed + dice.expovariate(max(world.backups, 1e-9)) * YEAR
        return Unit(account, number, installed, ends, backup)

    def _live(self, unit: Unit) -> None:
        begin = max(unit.installed, -self.world.history * YEAR)
        self._note(unit, Kind.INSTALLATION, unit.installed)
        if self.dice.random() >= self.world.mute:
            self._leave_traces(unit, begin)
        if self.dice.random() < self.world.telemetry:
            end = min(unit.ends, 0, begin + self._in(self.world.disconnected))
            for day in self._days(begin, end, 12):
                self._note(unit, Kind.TELEMETRY, day)
        if self.dice.random() < self.world.agreements:
            self._agree(unit, begin)
        for day in self._days(max(unit.ends, begin), 0, self.world.strays):
            self._note(unit, Kind.PARTS_ORDER, day)
        if unit.ends < 0 and self.dice.random() < self.world.ends_told:
            told = unit.ends + self.dice.uniform(0, YEAR)
            if told < 0:
                fate = self.dice.choice(("scrapped", "sold", ""))
                self._note(unit, Kind.STAFF_NOTE, told, State.NOT_IN_USE, fate)

    def _leave_traces(self, unit: Unit, begin: float) -> None:
        rate = self.world.traces * self.dice.gammavariate(1.5, 1 / 1.5)
        kinds = (Kind.PARTS_ORDER, Kind.SERVICE_CALL, Kind.FIRMWARE_DOWNLOAD, Kind.ACKNOWLEDGEMENT)
        for day in self._days(begin, min(unit.ends, 0), rate):
            if unit.state(day) == State.IN_USE or self.dice.random() < 0.3:
                self._note(unit, self.dice.choices(kinds, (5, 3, 1, 1))[0], day)

    def _agree(self, unit: Unit, begin: float) -> None:
        for year in range(self.dice.randint(0, 3), self.dice.randint(3, 16)):
            day = unit.installed + year * YEAR
            if begin <= day < min(unit.ends, 0):
                self._note(unit, Kind.AGREEMENT, day)

    def _people(self, units: list[Unit]) -> None:
        world, dice = self.world, self.dice
        begin = max(min(u.installed for u in units), -world.history * YEAR)
        is_scanned, until = dice.random() < world.scanners, begin + self._in(world.people_leave)
        if until < 0:
            self._said_of_all(units, dice.choice((Kind.CONTACT_LEFT, Kind.BOUNCE)), until)
            if dice.random() < 0.6:
                until = 0.0  # somebody took over
        for day in self._days(begin, min(0, until), world.bulletins):
            present = [u for u in units if u.installed < day]
            if present and self._leaves(units, present, day, is_scanned=is_scanned):
                break
        for unit in units:
            self._check_in(unit, units, begin)

    def _leaves(self, units: list[Unit], present: list[Unit], day: float, *, is_scanned: bool) -> bool:
        """Read one bulletin; whether its reader leaves."""
        world, dice, unit = self.world, self.dice, self.dice.choice(present)
        if is_scanned:
            self._said_of_all(units, Kind.MACHINE_CLICK, day)
        if dice.random() < world.clicks:
            self._said_of_all(units, Kind.HUMAN_CLICK, day)
        if dice.random() < world.heartbeats * self._eager(unit, day):
            self._answer(unit, units, Kind.HEARTBEAT, day)
        gone = all(u.state(day) == State.NOT_IN_USE for u in present)
        if dice.random() >= world.leaving / world.bulletins * (world.leaving_when_gone if gone else 1):
            return False
        self._said_of_all(units, Kind.OPT_OUT, day)
        if dice.random() < world.answering:
            self._answer(unit, units, Kind.OPT_OUT_ANSWER, day)
        return True

    def _check_in(self, unit: Unit, units: list[Unit], begin: float) -> None:
        for day in self._days(max(unit.installed, begin), 0, self.world.check_ins):
            heard = max(e.observed_at for e in unit.evidence if e.kind not in SILENT and at(day) > e.observed_at)
            eager = self.world.answering_check_in * self._eager(unit, day)
            if (at(day) - heard).days > YEAR and self.dice.random() < eager:
                self._answer(unit, units, Kind.CHECK_IN_ANSWER, day)

    def _in(self, rate: float) -> float:
        """In how many days something happens that happens so often a year."""
        return self.dice.expovariate(max(rate, 1e-9)) * YEAR

    def _eager(self, unit: Unit, day: float) -> float:
        return self.world.answering_when_gone if unit.state(day) == State.NOT_IN_USE else 1.0

    def _answer(self, unit: Unit, units: list[Unit], kind: Kind, day: float) -> None:
        world, dice = self.world, self.dice
        says, detail = unit.state(day), ""
        if dice.random() < world.not_knowing:
            says = State.UNKNOWN
        elif dice.random() < world.lies:
            says = State.IN_USE if says == State.NOT_IN_USE else State.NOT_IN_USE
        if says == State.NOT_IN_USE and dice.random() < 0.4:
            detail = dice.choice(("scrapped", "sold", "replaced"))
        if dice.random() < world.unnamed:
            self._said_of_all(units, kind, day, says)
        else:
            self._note(unit, kind, day, says, detail)

    def _said_of_all(self, units: list[Unit], kind: Kind, day: float, says: State | None = None) -> None:
        self.last_id += 1
        for unit in units:
            unit.evidence.append(Observed(self.last_id, kind, says, "", at(day), len(units)))

    def _note(self, unit: Unit, kind: Kind, day: float, says: State | None = None, detail: str = "") -> None:
        self.last_id += 1
        unit.evidence.append(Observed(self.last_id, kind, says, detail, at(day)))

    def _days(self, begin: float, end: float, rate: float) -> Iterator[float]:
        day = begin
        while rate > 0:
            day += self.dice.expovariate(rate) * YEAR
            if day >= end:
                return
            yield day


SILENT = frozenset({Kind.OPT_OUT, Kind.BOUNCE, Kind.CONTACT_LEFT, Kind.MACHINE_CLICK, Kind.HUMAN_CLICK})


def at(day: float) -> datetime:
    """The time so many days after AS_OF."""
    return AS_OF + timedelta(days=day)


WORLDS: dict[str, World] = {
    "usual": World(),
    "machines end early": World(median_life=6, shape=1.0, ends_told=0.1),
    "machines last": World(median_life=45, shape=2.0),
    "old machines end": World(median_life=12, shape=4.0),
    "mostly silent": World(mute=0.85, telemetry=0, agreements=0.02, answering=0.1, check_ins=0.2, heartbeats=0.002),
    "many scanners": World(scanners=0.95, clicks=0.01),
    "many lies": World(lies=0.12, not_knowing=0.15),
    "people leave": World(people_leave=0.6, leaving=0.3),
    "many back-ups": World(backups=0.15),
    "all report themselves": World(mute=0.1, telemetry=1.0, disconnected=0.03, traces=1.0),
    "half report themselves": World(telemetry=0.5, disconnected=0.05),
    "answers from the gone": World(leaving_when_gone=6, answering_when_gone=3),
    "answers from the content": World(leaving_when_gone=1, answering_when_gone=0.4),
    "nobody answers": World(answering=0.02, check_ins=0.02, heartbeats=0.0),
    "everybody answers": World(answering=0.8, check_ins=1.0, answering_check_in=0.7, heartbeats=0.1),
    "many machines, early ends, silence": World(median_life=7, shape=1.2, mute=0.7, telemetry=0.0, leaving=0.25),
}
