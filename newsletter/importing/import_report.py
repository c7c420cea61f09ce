"""What an import found and did, or would do."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.importing.changes import Tally
from newsletter.importing.complaint import Complaint, write_rejected
from newsletter.importing.dialect import Dialect


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The file in numbers, the database in tallies by kind, and every complaint.

    The numbers count what the file says, so they are the same before and after it is applied. `stay_opted_out` are
    addresses the file says yes to, though they left before: only a double opt-in brings them back.
    """

    applied: bool
    dialect: Dialect
    data_rows: int
    blank_rows: int
    accounts: int
    units: int
    people: int
    people_at_more_than_one_account: int
    rows_with_unusable_address: int
    people_who_had_opted_out_before: int
    units_under_agreement_field: int
    tallies: dict[str, Tally]
    stay_opted_out: tuple[str, ...]
    complaints: tuple[Complaint, ...]

    def counts(self) -> dict[str, int]:
        """The file's numbers by name."""
        return {name: getattr(self, name) for name in _COUNTS}

    @property
    def rejected_rows(self) -> int:
        """How many rows come back, wholly or in part unused."""
        return len({complaint.line for complaint in self.complaints})

    def write_rejected(self, path: Path) -> None:
        """Write the rows complained about as CSV in the file's own dialect, with line and reason."""
        write_rejected(path, self.dialect.headings, self.dialect.delimiter, self.complaints)


_COUNTS = (
    "data_rows",
    "blank_rows",
    "accounts",
    "units",
    "people",
    "people_at_more_than_one_account",
    "rows_with_unusable_address",
    "people_who_had_opted_out_before",
    "units_under_agreement_field",
)
