"""The marketer's desk: what was looked up before sending, and the second colleague's yes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function a subject, in the order in which they need each other."""
    add_checks()
    add_approval()
    add_figures()
    add_segments()


def downgrade() -> None:
    """The same, backwards."""
    drop_segments()
    drop_figures()
    drop_approval()
    drop_checks()


def add_checks() -> None:
    """What was looked up outside for a version: its links, and the sender's domain."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    asked = [("asked_at", False), ("claimed_at", True), ("checked_at", True)]
    op.create_table(
        "link_check",
        sa.Column("version_id", number, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("url", "asked_by")),
        *(sa.Column(name, moment, nullable=may_lack) for name, may_lack in asked),
        sa.Column("outcome", sa.Text(), nullable=False),
        *(sa.Column(name, number, nullable=False) for name in ("status", "octets")),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_link_check_version_id_version")),
        sa.PrimaryKeyConstraint("version_id", "url", name=op.f("pk_link_check")),
    )
    waits = sa.text("checked_at IS NULL")
    op.create_index("ix_link_check_waits", "link_check", ["asked_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "domain_check",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("domain", "return_path", "keys", "asked_by")),
        *(sa.Column(name, moment, nullable=may_lack) for name, may_lack in asked),
        sa.Column("found", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_check")),
    )


def drop_checks() -> None:
    """Without them."""
    for table in ("domain_check", "link_check"):
        op.drop_table(table)


def add_approval() -> None:
    """Questions to a second colleague, and the answers."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "approval",
        sa.Column("id", number, nullable=False),
        sa.Column("version_id", number, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("audience", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("preflight", "note", "asked_by")),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("words", "answered_by")),
        sa.Column("answered_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_approval_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_version", "approval", ["version_id", "seal"])


def drop_approval() -> None:
    """Without them."""
    op.drop_table("approval")


def add_figures() -> None:
    """What is counted of runs, so that no page reads a million rows."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.add_column("batch", sa.Column("tally", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("left_out", sa.Text(), nullable=True))
    for name in ("first_copy_id", "last_copy_id"):
        op.add_column("run", sa.Column(name, number, nullable=True))
    op.execute(
        "UPDATE run SET first_copy_id = spans.first, last_copy_id = spans.last FROM"
        " (SELECT run_id, min(id) AS first, max(id) AS last FROM delivery GROUP BY run_id) AS spans"
        " WHERE spans.run_id = run.id"
    )
    untallied = sa.text("tally IS NULL")
    op.create_index(
        "ix_batch_untallied", "batch", ["run_id", "number"], sqlite_where=untallied, postgresql_where=untallied
    )
    op.create_table(
        "run_figures",
        sa.Column("run_id", number, autoincrement=False, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("counted_at", moment, nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_figures_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_figures")),
    )
    op.create_index("ix_run_figures_due", "run_figures", ["due_at"])
    op.create_index("ix_hit_delivery", "hit", ["delivery_id"])
    op.create_index("ix_opt_out_delivery", "opt_out", ["delivery_id"])
    op.create_index("ix_evidence_bulletin", "evidence", ["bulletin_number"])
    later = sa.text("supersedes_id IS NOT NULL")
    op.create_index("ix_evidence_supersedes", "evidence", ["supersedes_id"], sqlite_where=later, postgresql_where=later)


def drop_figures() -> None:
    """Without them."""
    for index, table in (
        ("ix_evidence_supersedes", "evidence"),
        ("ix_evidence_bulletin", "evidence"),
        ("ix_opt_out_delivery", "opt_out"),
        ("ix_hit_delivery", "hit"),
        ("ix_batch_untallied", "batch"),
    ):
        op.drop_index(index, table)
    op.drop_table("run_figures")
    for name in ("last_copy_id", "first_copy_id", "left_out"):
        op.drop_column("run", name)
    op.drop_column("batch", "tally")


def add_segments() -> None:
    """Saved audiences with all their versions, lists that came as files, and what a run was started with."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "segment",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", number, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("key", name=op.f("uq_segment_key")),
    )
    op.create_table(
        "segment_version",
        sa.Column("id", number, nullable=False),
        sa.Column("segment_id", number, nullable=False),
        sa.Column("version", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "definition", "author")),
        sa.Column("written_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_segment_version_segment_id_segment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_version")),
        sa.UniqueConstraint("segment_id", "version", name=op.f("uq_segment_version_segment_id_version")),
    )
    op.create_table(
        "segment_list",
        sa.Column("id", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "name", "kind", "author")),
        sa.Column("written_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_list")),
        sa.UniqueConstraint("key", name=op.f("uq_segment_list_key")),
    )
    op.create_table(
        "segment_list_value",
        sa.Column("list_id", number, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["segment_list.id"], name=op.f("fk_segment_list_value_list_id_segment_list")
        ),
        sa.PrimaryKeyConstraint("list_id", "value", name=op.f("pk_segment_list_value")),
    )
    op.create_table(
        "run_segment",
        sa.Column("run_id", number, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("definition", "words")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_segment_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_segment")),
    )


def drop_segments() -> None:
    """Without them."""
    for table in ("run_segment", "segment_list_value", "segment_list", "segment_version", "segment"):
        op.drop_table(table)
