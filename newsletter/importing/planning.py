"""Rows become a plan: the first of two facts that exclude each other stays, and the second is complained about."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from newsletter.audience.address import Address
from newsletter.importing.columns import Field, folded
from newsletter.importing.plan import Plan, Proof, Said, UnitKey, WantedAccount, WantedPerson, WantedUnit, filled
from newsletter.importing.reading import Reading, RowReader
from newsletter.importing.rows import Row


def make_plan(rows: Iterable[Row], reader: RowReader) -> Plan:
    """What these rows ask for. Complaints of reader and planner end up in the plan, in the order of the file."""
    planner = _Planner(reader)
    for row in rows:
        planner.take(row)
    planner.plan.complaints = sorted(reader.complaints, key=lambda complaint: complaint.line)
    return planner.plan


@dataclass(slots=True)
class _Planner:
    reader: RowReader
    plan: Plan = field(default_factory=Plan)
    serials: dict[tuple[str, str], UnitKey] = field(default_factory=dict)  # (account, serial) -> the first unit with it

    def take(self, row: Row) -> None:
        self.plan.data_rows += 1
        if row.is_blank:
            self.plan.blank_rows += 1
            return
        if reading := self.reader.read(row):
            self._add(reading)

    def _add(self, reading: Reading) -> None:
        self.plan.rows_with_unusable_address += reading.has_unusable_address
        self._add_account(reading)
        unit = self._add_unit(reading)
        if reading.agreement_until and unit:
            self.plan.agreements[unit, reading.agreement_until] = None
        if reading.note:
            self.plan.notes[reading.account, unit, reading.note] = None
        if reading.address:
            self._add_person(reading, reading.address)
            self._add_consent(reading, reading.address.key)

    def _add_account(self, reading: Reading) -> None:
        wanted = WantedAccount(
            reading.account,
            reading.company,
            reading.country,
            reading.language,
            reading.zone,
            reading.owner,
            reading.tier,
            reading.line,
        )
        first = self.plan.accounts.setdefault(reading.account, wanted)
        self._compare(reading, Field.COMPANY, first.name, wanted.name, first.line)
        self._compare(reading, Field.COUNTRY, first.country, wanted.country, first.line)
        self.plan.accounts[reading.account] = filled(first, wanted)

    def _add_unit(self, reading: Reading) -> UnitKey | None:
        key = self._unit_key(reading)
        if key is None:
            return None
        wanted = WantedUnit(
            reading.account, reading.model, reading.serial, reading.installed_on, reading.firmware, reading.line
        )
        first = self.plan.units.setdefault(key, wanted)
        if first.account != wanted.account:
            reason = f"Line {first.line} has {first.model} {first.serial} at account {first.account}, and that stays."
            self._complain(reading, Field.SERIAL, reason)
            return None
        if first.installed_on and wanted.installed_on and first.installed_on != wanted.installed_on:
            reason = f"Line {first.line} says {first.installed_on} for the same unit, and that stays."
            self._complain(reading, Field.INSTALLED_ON, reason)
        self._compare(reading, Field.FIRMWARE, first.firmware, wanted.firmware, first.line)
        self.plan.units[key] = filled(first, wanted)
        return key

    def _unit_key(self, reading: Reading) -> UnitKey | None:
        """Which unit a row is about, None where it names none that we can tell from others."""
        if not reading.serial:
            if reading.model or reading.installed_on or reading.agreement_until:
                missing = Field.SERIAL if reading.model else Field.MODEL
                self._complain(reading, missing, "Without model and serial number the machine cannot be kept.")
            return None
        first = self.serials.get((reading.account, reading.serial))
        if not reading.model:
            if first is None:
                self._complain(reading, Field.MODEL, f"The serial number {reading.serial} comes without a model.")
            return first
        key = (reading.model.casefold(), reading.serial)
        # Two product lines may both count from 1, so one serial under two models is wrong only at one account.
        if first and first != key:
            known = self.plan.units[first]
            reason = f"Line {known.line} says {known.model} for the same serial number, and that stays."
            self._complain(reading, Field.MODEL, reason)
            return None
        if key not in self.plan.units:
            self.serials[reading.account, reading.serial] = key
        return key

    def _add_person(self, reading: Reading, address: Address) -> None:
        wanted = WantedPerson(
            address.key,
            address.spelled,
            reading.salutation,
            reading.first_name,
            reading.last_name,
            reading.language,
            reading.zone,
            reading.phone,
            reading.line,
        )
        first = self.plan.people.setdefault(address.key, wanted)
        self._compare(reading, Field.FIRST_NAME, first.first_name, wanted.first_name, first.line)
        self._compare(reading, Field.LAST_NAME, first.last_name, wanted.last_name, first.line)
        spelled = _better_spelling(first.address, wanted.address)
        self.plan.people[address.key] = replace(filled(first, wanted), address=spelled)
        stands = (address.key, reading.account)
        self.plan.affiliations[stands] = self.plan.affiliations.get(stands) or reading.role

    def _add_consent(self, reading: Reading, key: str) -> None:
        if reading.consents is None:
            return
        said = self.plan.said.setdefault(key, Said())
        proofs, against = (said.yes, said.no) if reading.consents else (said.no, said.yes)
        if against:
            line = next(iter(against.values()))
            reason = f"Line {line} says no, and no wins." if reading.consents else f"Line {line} says yes, but no wins."
            self._complain(reading, Field.NEWSLETTER, reason)
        proofs.setdefault(Proof(reading.consented_on, reading.source), reading.line)

    def _compare(self, reading: Reading, column: Field, first: str, later: str, line: int) -> None:
        if first and later and folded(first) != folded(later):
            self._complain(reading, column, f"Line {line} says {first!r}, and that stays.")

    def _complain(self, reading: Reading, column: Field, reason: str) -> None:
        self.reader.complain(reading.row, column, reason)


def _better_spelling(first: str, later: str) -> str:
    """The first of two spellings of one address, unless only the second is not shouted."""
    shouted = first.rpartition("@")[0].isupper()
    return later if shouted and not later.rpartition("@")[0].isupper() else first
