"""What the sending engine keeps in the database: limits, pauses, and the queue of batches."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function a subject, in the order in which they need each other."""
    add_queue()
    add_run_control()
    add_pace()


def downgrade() -> None:
    """The same, backwards."""
    drop_pace()
    drop_run_control()
    drop_queue()


def add_run_control() -> None:
    """How late a run may start without asking, and a quick way to the copies that were ever in doubt."""
    op.add_column("run", sa.Column("start_by", sa.DateTime(timezone=True), nullable=True))
    lost = sa.text("event = 'lose'")
    where = {"sqlite_where": lost, "postgresql_where": lost}
    op.create_index("ix_delivery_event_lost", "delivery_event", ["delivery_id"], **where)


def drop_run_control() -> None:
    """Without them."""
    op.drop_index("ix_delivery_event_lost", "delivery_event")
    op.drop_column("run", "start_by")


def add_queue() -> None:
    """The queue of batches, on PostgreSQL: the tables, types and functions of the procrastinate that is pinned.

    The queue holds nothing that the ledger does not know, so a migration for another procrastinate drops it and adds it
    again, and the engines fill it.
    """
    if op.get_bind().dialect.name == "postgresql":
        from procrastinate.schema import SchemaManager  # noqa: PLC0415 - on SQLite nobody needs it

        _without_parameters(SchemaManager.get_schema())


def drop_queue() -> None:
    """All that is procrastinate's."""
    if op.get_bind().dialect.name == "postgresql":
        _without_parameters("""
            DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers
                CASCADE;
            DO $$
            DECLARE theirs text;
            BEGIN
                FOR theirs IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' LOOP
                    EXECUTE 'DROP FUNCTION ' || theirs;
                END LOOP;
                FOR theirs IN SELECT oid::regtype FROM pg_type WHERE typname LIKE 'procrastinate\\_%' LOOP
                    EXECUTE 'DROP TYPE ' || theirs;
                END LOOP;
            END $$;
        """)


def _without_parameters(statements: str) -> None:
    # Past SQLAlchemy, which would read each % in them as a parameter.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(statements)


def add_pace() -> None:
    """How fast and when we may send: what staff set, and what engines share about it."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "pace_revision",
        sa.Column("id", number, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pace_revision")),
    )
    op.create_table(
        "pace_rate",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", number, nullable=False),
        sa.Column("seconds", number, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_pace_rate")),
    )
    op.create_table(
        "warm_up",
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("first", number, nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("enough", number, nullable=False),
        sa.PrimaryKeyConstraint("relay", name=op.f("pk_warm_up")),
    )
    op.create_table(
        "sending_hours",
        sa.Column("id", number, nullable=False),
        sa.Column("opens", number, nullable=False),
        sa.Column("closes", number, nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_hours")),
    )
    op.create_table(
        "closed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "zone", name=op.f("pk_closed_day")),
    )
    op.create_table(
        "domain_pause",
        sa.Column("id", number, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_engine", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_pause")),
    )
    op.create_index(op.f("ix_domain_pause_domain"), "domain_pause", ["domain"])
    op.create_table(
        "meter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last", number, nullable=False),
        sa.Column("step", number, nullable=False),
        sa.Column("holes", sa.Text(), nullable=False),
        sa.Column("since", number, nullable=False),
        sa.Column("counted", number, nullable=False),
        sa.Column("before", number, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meter")),
    )
    op.create_table(
        "day_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", number, nullable=False),
        sa.PrimaryKeyConstraint("key", "day", name=op.f("pk_day_count")),
    )
    op.create_table(
        "throughput",
        sa.Column("run_id", number, nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("ring", number, nullable=False),
        sa.Column("second", number, nullable=False),
        sa.Column("accepted", number, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "engine", "ring", name=op.f("pk_throughput")),
    )


def drop_pace() -> None:
    """Without them."""
    for table in (
        "throughput", "day_count", "meter", "domain_pause", "closed_day", "sending_hours", "warm_up", "pace_rate",
        "pace_revision",
    ):  # fmt: skip
        op.drop_table(table)
