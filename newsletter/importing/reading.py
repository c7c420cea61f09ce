"""One row read cell by cell: what it says, and what in it could not be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from newsletter.audience.address import Address, read_address
from newsletter.errors import BadAddress
from newsletter.importing import values
from newsletter.importing.columns import Columns, Field
from newsletter.importing.complaint import Complaint
from newsletter.importing.dates import EARLIEST, DateOrder, read_date
from newsletter.importing.rows import Row

LONGEST_KEY = 100
"""Characters in an account number, model or serial; PostgreSQL indexes nothing much longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One row in our words. Empty text and None mean "not said", be it blank in the file or unreadable."""

    line: int
    account: str
    company: str
    country: str
    language: str
    zone: str
    owner: str
    tier: str
    salutation: str
    first_name: str
    last_name: str
    address: Address | None
    has_unusable_address: bool
    phone: str
    role: str
    model: str
    serial: str
    installed_on: date | None
    firmware: str
    agreement_until: date | None
    consents: bool | None
    consented_on: date | None
    source: str
    note: str
    row: Row = field(compare=False)


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one file. `today` bounds consents; `complaints` grows while reading."""

    columns: Columns
    orders: Mapping[Field, DateOrder]
    today: date
    complaints: list[Complaint] = field(default_factory=list)

    def complain(self, row: Row, column: Field | None, reason: str) -> None:
        """Keep what is wrong with a row, or with one value of it."""
        heading = self.columns.heading(column) if column in self.columns.position and column else ""
        self.complaints.append(Complaint(row.line, heading, reason, row.cells))

    def read(self, row: Row) -> Reading | None:
        """What a row says, or None where it cannot be used at all: it is damaged or names no account."""
        if row.damage:
            self.complain(row, None, row.damage)
            return None
        account = self._key(row, Field.ACCOUNT)
        if not account:
            self.complain(row, Field.ACCOUNT, "Without an account number the row cannot be placed.")
            return None
        address, unusable = self._address(row)
        return Reading(
            line=row.line,
            account=account,
            company=self._line(row, Field.COMPANY),
            country=self._listed(row, Field.COUNTRY, values.country_code, "is no country we know; write DE or Germany"),
            language=self._listed(
                row, Field.LANGUAGE, values.language_tag, "is no language we know; write de or en-US"
            ),
            zone=self._listed(row, Field.ZONE, values.zone_name, "is no time zone; write Europe/Berlin"),
            owner=self._line(row, Field.OWNER),
            tier=self._line(row, Field.TIER),
            salutation=self._line(row, Field.SALUTATION),
            first_name=self._line(row, Field.FIRST_NAME),
            last_name=self._line(row, Field.LAST_NAME),
            address=address,
            has_unusable_address=unusable,
            phone=self._line(row, Field.PHONE),
            role=self._line(row, Field.ROLE),
            model=self._key(row, Field.MODEL),
            # Ranges tell A100 from a100, the plate does not.
            serial=self._key(row, Field.SERIAL).upper(),
            installed_on=self._date(row, Field.INSTALLED_ON),
            firmware=self._key(row, Field.FIRMWARE),
            agreement_until=self._date(row, Field.AGREEMENT_UNTIL),
            consents=self._yes_or_no(row),
            consented_on=self._past_date(row, Field.CONSENTED_ON),
            source=self._line(row, Field.SOURCE),
            note=self.columns.cell(row.cells, Field.NOTE),
            row=row,
        )

    def _line(self, row: Row, column: Field) -> str:
        return values.known(self.columns.cell(row.cells, column))

    def _key(self, row: Row, column: Field) -> str:
        text = self._line(row, column)
        if len(text) <= LONGEST_KEY:
            return text
        self.complain(row, column, f"It is longer than {LONGEST_KEY} characters.")
        return ""

    def _listed(self, row: Row, column: Field, look_up: Callable[[str], str | None], otherwise: str) -> str:
        text = self._line(row, column)
        found = look_up(text) if text else ""
        if found is None:
            self.complain(row, column, f"{text[:100]!r} {otherwise}.")
        return found or ""

    def _address(self, row: Row) -> tuple[Address | None, bool]:
        text = self.columns.cell(row.cells, Field.ADDRESS)
        if not text:
            name = f"{self._line(row, Field.FIRST_NAME)} {self._line(row, Field.LAST_NAME)}".strip()
            if name:
                self.complain(row, Field.ADDRESS, f"{name} has no address, so we cannot write.")
            return None, False
        address = _address_or_reason(text)
        if isinstance(address, str):
            self.complain(row, Field.ADDRESS, address)
            return None, True
        return address, False

    def _date(self, row: Row, column: Field) -> date | None:
        text = self._line(row, column)
        try:
            day = read_date(text, self.orders[column]) if text else None
        except ValueError as error:
            self.complain(row, column, str(error))
            return None
        if day and day < EARLIEST:
            self.complain(row, column, f"{day} is before there were machines of ours.")
            return None
        return day

    def _past_date(self, row: Row, column: Field) -> date | None:
        day = self._date(row, column)
        if day is None or day <= self.today:
            return day
        self.complain(row, column, f"{day} has not come yet, so nobody can have consented then.")
        return None

    def _yes_or_no(self, row: Row) -> bool | None:
        word = self.columns.cell(row.cells, Field.NEWSLETTER)
        answer = values.said(word) if word else None
        if word and answer is None:
            self.complain(row, Field.NEWSLETTER, f"{word[:100]!r} is neither yes nor no; it was not taken as consent.")
        return answer


@lru_cache(maxsize=10_000)
def _address_or_reason(text: str) -> Address | str:
    try:
        return read_address(text)
    except BadAddress as error:
        return str(error)
