"""A file into the database, or what would happen if it went there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.db import Database
from newsletter.errors import Conflict, Refused
from newsletter.importing import values
from newsletter.importing.changes import Changes, find_changes
from newsletter.importing.columns import DATE_FIELDS, Columns, Field, find_columns
from newsletter.importing.dates import DateOrder, SlashedColumn
from newsletter.importing.dialect import Dialect, find_dialect, rows_under_headings
from newsletter.importing.erased import leave_out_erased
from newsletter.importing.import_report import ImportReport
from newsletter.importing.plan import Plan
from newsletter.importing.planning import make_plan
from newsletter.importing.reading import RowReader
from newsletter.importing.rows import Row
from newsletter.importing.stored import Stored, look_up
from newsletter.importing.writing import Writer
from newsletter.tokens import Signer

Progress = Callable[[int, int], None]
"""Called with rows read and rows in all."""

NO_KEYS = Signer(())
_DEFAULT_TOPIC_NAME = "Technical bulletins"
_ROWS_A_STEP = 500


def import_file(  # noqa: PLR0913 - each is a choice of the door, and all but four have a default
    db: Database,
    path: Path,
    *,
    now: datetime,
    source: str = "",
    mapping: Mapping[str, str] | None = None,
    dates: str | None = None,
    dry_run: bool = False,
    topic_key: str = DEFAULT_TOPIC,
    progress: Progress | None = None,
    signer: Signer = NO_KEYS,
) -> ImportReport:
    """Bring accounts, units, people and consents of a CSV file into the database, in one transaction.

    `source` is the name to remember the file by where it is not the path's; `mapping` is {field: heading}; `dates` is
    "dmy" or "mdy" for dates with slashes; `signer` knows the addresses of the erased again. A dry run gives the same
    report and changes nothing, and so does a second run. Raises BadFile for what is no such file, Refused for a wrong
    option, Conflict where others wrote the same rows.
    """
    dialect = find_dialect(path)
    columns = find_columns(dialect.headings, mapping)
    rows_in_all, orders = _survey(rows_under_headings(path, dialect), columns, dates)
    rows = _counted(rows_under_headings(path, dialect), rows_in_all, progress)
    plan = make_plan(rows, RowReader(columns, orders, now.date()))
    if dry_run:
        with db.read() as session:
            leave_out_erased(session, plan, signer)
            stored = look_up(session, plan, _topic_id(session, topic_key))
        return _report(dialect, plan, stored, find_changes(plan, stored), applied=False)
    return _applied(db, dialect, plan, now, values.one_line(source) or path.name, topic_key, signer)


def _survey(rows: Iterator[Row], columns: Columns, dates: str | None) -> tuple[int, dict[Field, DateOrder]]:
    """How many rows there are, and how each date column is to be read."""
    if dates is not None and dates not in list(DateOrder):
        raise Refused(f"There is no date order {dates!r}.", hint="Say dmy (day first) or mdy (month first).")
    slashed = {field: SlashedColumn(columns.heading(field)) for field in DATE_FIELDS if field in columns.position}
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is the answer
        if row.damage or dates:
            continue
        for field, column in slashed.items():
            column.see(row.line, columns.cell(row.cells, field))
    given = DateOrder(dates) if dates else None
    return count, {field: given or column.order() for field, column in slashed.items()}


def _counted(rows: Iterator[Row], rows_in_all: int, progress: Progress | None) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        yield row
        if progress and (count % _ROWS_A_STEP == 0 or count == rows_in_all):
            progress(count, rows_in_all)


def _applied(
    db: Database, dialect: Dialect, plan: Plan, now: datetime, file: str, topic_key: str, signer: Signer
) -> ImportReport:
    try:
        with db.write() as session:
            leave_out_erased(session, plan, signer)
            topic_id = _topic_id(session, topic_key) or _new_default_topic(session, now)
            stored = look_up(session, plan, topic_id)
            changes = find_changes(plan, stored)
            Writer(session, plan, stored, now=now, file=file).write(changes, topic_id)
    except (IntegrityError, StaleDataError) as error:
        sentence = "Somebody else wrote the same accounts or people meanwhile; nothing was changed."
        raise Conflict(sentence, hint="Start the import again.") from error
    return _report(dialect, plan, stored, changes, applied=True)


def _topic_id(session: Session, key: str) -> int | None:
    """The topic's id; None where it is the default one and nobody has made it yet."""
    found = session.scalar(select(Topic.id).where(Topic.key == key))
    if found is None and key != DEFAULT_TOPIC:
        topics = ", ".join(session.scalars(select(Topic.key).order_by(Topic.key))) or DEFAULT_TOPIC
        raise Refused(f"There is no topic {key!r}.", hint=f"The topics are: {topics}.")
    return found


def _new_default_topic(session: Session, now: datetime) -> int:
    topic = Topic(key=DEFAULT_TOPIC, name=_DEFAULT_TOPIC_NAME, created_at=now)
    session.add(topic)
    session.flush()
    return topic.id


def _report(dialect: Dialect, plan: Plan, stored: Stored, changes: Changes, *, applied: bool) -> ImportReport:
    said_yes = (key for key, said in plan.said.items() if said.yes and not said.no)
    return ImportReport(
        applied=applied,
        dialect=dialect,
        data_rows=plan.data_rows,
        blank_rows=plan.blank_rows,
        accounts=len(plan.accounts),
        units=len(plan.units),
        people=len(plan.people),
        people_at_more_than_one_account=plan.people_at_more_than_one_account,
        rows_with_unusable_address=plan.rows_with_unusable_address,
        people_who_had_opted_out_before=plan.people_who_said_no,
        units_under_agreement_field=plan.units_under_agreement,
        tallies=changes.tallies(),
        stay_opted_out=tuple(plan.people[key].address for key in said_yes if stored.standing(key).has_left),
        complaints=tuple(plan.complaints),
    )
