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
    add_schedule()
    add_editor()
    add_themes()
    add_enclosures()
    add_trials()


def downgrade() -> None:
    """The same, backwards."""
    drop_trials()
    drop_enclosures()
    drop_themes()
    drop_editor()
    drop_schedule()
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


def add_schedule() -> None:
    """Runs in waves, at everybody's own time, in hours of their own."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "wave",
        *(sa.Column(name, number, autoincrement=False, nullable=False) for name in ("run_id", "number")),
        *(sa.Column(name, number, nullable=False) for name in ("share", "pause")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("copies", number, nullable=True),
        *(sa.Column(name, moment, nullable=True) for name in ("due_at", "opened_at")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("opened_by", "held_because")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_wave_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_wave")),
    )
    op.create_index("ix_wave_state", "wave", ["state"])
    op.add_column("run", sa.Column("is_theirs", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("run", sa.Column("until", moment, nullable=True))
    op.add_column("run", sa.Column("remind", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "run_hours",
        sa.Column("run_id", number, autoincrement=False, nullable=False),
        *(sa.Column(name, number, nullable=False) for name in ("opens", "closes")),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_hours")),
    )
    op.create_table(
        "series",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bulletin_id", number, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("topics", "name", "plan", "at", "zone")),
        sa.Column("is_theirs", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("waves", "hours")),
        sa.Column("grace", number, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_series_bulletin_id_bulletin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_due", "series", ["state", "due_at"])
    op.create_table(
        "series_day",
        sa.Column("series_id", number, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("run_id", number, nullable=True),
        *(sa.Column(name, number, nullable=False) for name in ("letters", "after_person_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("why", "by")),
        sa.Column("decided_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_day_series_id_series")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_series_day_run_id_run")),
        sa.PrimaryKeyConstraint("series_id", "day", name=op.f("pk_series_day")),
    )


def drop_schedule() -> None:
    """Without them."""
    for table in ("series_day", "series", "run_hours"):
        op.drop_table(table)
    for name in ("remind", "until", "is_theirs"):
        op.drop_column("run", name)
    op.drop_table("wave")


def add_editor() -> None:
    """Every saved text, what was typed and not saved, snippets, and people to preview with."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "saved_text",
        sa.Column("id", number, nullable=False),
        *(sa.Column(name, number, nullable=False) for name in ("bulletin_id", "revision")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source", "author")),
        sa.Column("saved_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_saved_text_bulletin_id_bulletin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_text")),
    )
    op.create_index("ix_saved_text_bulletin", "saved_text", ["bulletin_id", "id"])
    op.execute(
        "INSERT INTO saved_text (bulletin_id, revision, source, author, saved_at)"
        " SELECT bulletin_id, revision, source, author, written_at FROM version ORDER BY id"
    )
    op.create_table(
        "draft",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("author", "number", "text", "seen")),
        sa.Column("saved_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("author", "number", name=op.f("pk_draft")),
    )
    op.create_table(
        "snippet",
        sa.Column("id", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "text", "author")),
        sa.Column("written_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippet")),
        sa.UniqueConstraint("name", name=op.f("uq_snippet_name")),
    )
    op.create_table(
        "sample_person",
        sa.Column("person_id", number, autoincrement=False, nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sample_person_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_sample_person")),
    )


def drop_editor() -> None:
    """Without them."""
    for table in ("sample_person", "snippet", "draft", "saved_text"):
        op.drop_table(table)


def add_themes() -> None:
    """How letters look, every version of it."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    colours = ("accent", "on_accent", "background", "paper")
    told = ("key", "name", "logo", "logo_alt", *colours, *(f"night_{colour}" for colour in colours))
    op.create_table(
        "theme",
        sa.Column("id", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in told),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    op.create_index("ix_theme_key", "theme", ["key", "id"])


def drop_themes() -> None:
    """Without them."""
    op.drop_table("theme")


def add_enclosures() -> None:
    """Pictures that texts show, and files that go with bulletins."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "picture",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("octets", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("alt", "author")),
        sa.Column("kept_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_picture")),
    )
    op.create_table(
        "attachment",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("octets", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "author")),
        sa.Column("kept_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_attachment")),
    )


def drop_enclosures() -> None:
    """Without them."""
    for table in ("attachment", "picture"):
        op.drop_table(table)


def add_trials() -> None:
    """Two variants of a bulletin, tried against each other, and test mails of each."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    for table in ("batch", "sample"):
        op.add_column(table, sa.Column("variant", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "trial",
        sa.Column("run_id", number, autoincrement=False, nullable=False),
        *(sa.Column(name, number, nullable=False) for name in ("share", "wait")),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("decided_by", "winner", "because")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_trial_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_trial")),
    )


def drop_trials() -> None:
    """Without them."""
    op.drop_table("trial")
    for table in ("sample", "batch"):
        op.drop_column(table, "variant")
