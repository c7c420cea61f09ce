"""What the public pages keep: letters that are no bulletin, wishes, questions, hits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function a subject, in the order in which they need each other."""
    add_letters()
    add_preferences()
    add_subscribing()
    let_people_go()
    add_wordings()
    add_archive()
    add_digest()
    add_hits()
    add_check_ins()
    add_reminders()
    add_rules()


def downgrade() -> None:
    """The same, backwards."""
    drop_rules()
    drop_reminders()
    drop_check_ins()
    drop_hits()
    drop_digest()
    drop_archive()
    drop_wordings()
    keep_people()
    drop_subscribing()
    drop_preferences()
    drop_letters()


def add_letters() -> None:
    """Letters that are no bulletin."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "posted_letter",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("leave_link", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried", number, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posted_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_posted_letter_key")),
    )
    still_open = sa.text("state IN ('waiting', 'trying')")
    where = {"sqlite_where": still_open, "postgresql_where": still_open}
    op.create_index("ix_posted_letter_open", "posted_letter", ["state", "due_at"], **where)
    op.create_index("ix_posted_letter_person", "posted_letter", ["person_id", "kind"])


def drop_letters() -> None:
    """Without them."""
    op.drop_table("posted_letter")


def add_preferences() -> None:
    """What somebody wishes beyond yes and no, what an opt-out took away, and whether it was taken back."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "preference",
        sa.Column("person_id", number, nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until_day", sa.Date(), nullable=True),
        sa.Column("no_contact_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "muted_unit",
        sa.Column("person_id", number, nullable=False),
        sa.Column("unit_id", number, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_muted_unit_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_muted_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("person_id", "unit_id", name=op.f("pk_muted_unit")),
    )
    op.create_index("ix_muted_unit_unit", "muted_unit", ["unit_id"])
    op.create_table(
        "wish",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("unit_id", number, nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("wished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wish_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_wish_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index("ix_wish_person", "wish", ["person_id"])
    op.create_table(
        "withdrawal",
        sa.Column("opt_out_id", number, nullable=False),
        sa.Column("topic_id", number, nullable=False),
        sa.Column("consent_id", number, nullable=False),
        sa.Column("former_state", sa.Text(), nullable=True),
        sa.Column("former_consent_id", number, nullable=True),
        sa.ForeignKeyConstraint(["opt_out_id"], ["opt_out.id"], name=op.f("fk_withdrawal_opt_out_id_opt_out")),
        sa.PrimaryKeyConstraint("opt_out_id", "topic_id", name=op.f("pk_withdrawal")),
    )
    op.add_column("opt_out", sa.Column("suppressed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("opt_out", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("opt_out", sa.Column("undone_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("run", sa.Column("is_safety", sa.Boolean(), nullable=False, server_default=sa.false()))
    of_safety = sa.text(
        "UPDATE run SET is_safety = true WHERE version_id IN (SELECT id FROM version WHERE source LIKE :front_matter)"
    )
    op.execute(of_safety.bindparams(front_matter="%\nclass: safety\n%"))


def drop_preferences() -> None:
    """Without them."""
    op.drop_column("run", "is_safety")
    for column in ("undone_by", "undone_at", "suppressed"):
        op.drop_column("opt_out", column)
    for table in ("withdrawal", "wish", "muted_unit", "preference"):
        op.drop_table(table)


def add_subscribing() -> None:
    """What strangers ask for on the public pages, and that somebody was erased."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "subscription_request",
        sa.Column("id", number, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("account_id", number, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording_version", number, nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("form_url", sa.Text(), nullable=False),
        sa.Column("letter_key", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_network", sa.Text(), nullable=False),
        sa.Column("asked_agent", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_network", sa.Text(), nullable=False),
        sa.Column("confirmed_agent", sa.Text(), nullable=False),
        sa.Column("confirmed_in_haste", sa.Boolean(), nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_subscription_request_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_request")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscription_request_address", "subscription_request", ["address_key"])
    op.create_index("ix_subscription_request_asked", "subscription_request", ["asked_at"])
    op.create_index(op.f("ix_subscription_request_person_id"), "subscription_request", ["person_id"])
    op.create_table(
        "affiliation_claim",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("unit_id", number, nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_affiliation_claim_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_affiliation_claim_account_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_affiliation_claim_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation_claim")),
        sa.UniqueConstraint("person_id", "account_id", name=op.f("uq_affiliation_claim_person_id_account_id")),
    )
    op.create_index(op.f("ix_affiliation_claim_account_id"), "affiliation_claim", ["account_id"])
    op.create_table(
        "address_change",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_change_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_address_change_person_id"), "address_change", ["person_id"])
    op.create_table(
        "erasure",
        sa.Column("id", number, nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.add_column("consent", sa.Column("request_id", number, nullable=True))


def drop_subscribing() -> None:
    """Without it."""
    op.drop_column("consent", "request_id")
    for table in ("erasure", "address_change", "affiliation_claim", "subscription_request"):
        op.drop_table(table)


def let_people_go() -> None:
    """A copy and an opt-out may outlive their person."""
    _person_may_be_null("delivery", may_be=True)
    _person_may_be_null("opt_out", may_be=True)


def keep_people() -> None:
    """They may not, so those that did go."""
    op.execute("DELETE FROM answer WHERE opt_out_id IN (SELECT id FROM opt_out WHERE person_id IS NULL)")
    op.execute("DELETE FROM opt_out WHERE person_id IS NULL")
    op.execute("DELETE FROM delivery_event WHERE delivery_id IN (SELECT id FROM delivery WHERE person_id IS NULL)")
    op.execute("DELETE FROM delivery WHERE person_id IS NULL")
    _person_may_be_null("opt_out", may_be=False)
    _person_may_be_null("delivery", may_be=False)


def _person_may_be_null(table: str, *, may_be: bool) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, "person_id", nullable=may_be)
        return
    # A new table in place of the old one, as Alembic makes it, would copy millions of rows and break the foreign keys
    # that lead to them. SQLite lets a NOT NULL be taken from the schema as it is written:
    # sqlite.org/lang_altertable.html section 7, the second procedure.
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    strict, loose = "person_id INTEGER NOT NULL", "person_id INTEGER"
    written = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
    anew = written.replace(strict, loose) if may_be else written.replace(loose, strict)
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE name = ?", (anew, table))
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = RESET")


def add_wordings() -> None:
    """What staff make of the questions: versions, which is in force where, and which are tried."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "wording",
        sa.Column("number", number, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base", number, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", number, nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_wording")),
    )
    op.create_table(
        "wording_line",
        sa.Column("number", number, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["wording.number"], name=op.f("fk_wording_line_number_wording")),
        sa.PrimaryKeyConstraint("number", "language", "line", name=op.f("pk_wording_line")),
    )
    op.create_table(
        "wording_choice",
        sa.Column("id", number, nullable=False),
        sa.Column("topic_id", number, nullable=True),
        sa.Column("number", number, nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_choice")),
    )
    op.create_index("ix_wording_choice_topic_id", "wording_choice", ["topic_id"])
    op.create_table(
        "wording_experiment",
        sa.Column("id", number, nullable=False),
        sa.Column("topic_id", number, nullable=False),
        sa.Column("first", number, nullable=False),
        sa.Column("second", number, nullable=False),
        sa.Column("share", number, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_experiment")),
        sqlite_autoincrement=True,
    )
    running = sa.text("ended_at IS NULL")
    where = {"sqlite_where": running, "postgresql_where": running}
    op.create_index("ix_wording_experiment_running", "wording_experiment", ["topic_id"], unique=True, **where)


def drop_wordings() -> None:
    """Without them."""
    for table in ("wording_experiment", "wording_choice", "wording_line", "wording"):
        op.drop_table(table)


def add_archive() -> None:
    """Which bulletins are public: none of those there are, and of safety ones none that does not say so itself."""
    op.add_column("topic", sa.Column("archive_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("version", sa.Column("archive", sa.Boolean(), nullable=True))
    # Rather one too many: the archive opens for it by a new version.
    op.execute(sa.text("UPDATE version SET archive = false WHERE lower(source) LIKE '%class:%safety%'"))


def drop_archive() -> None:
    """Without it."""
    op.drop_column("version", "archive")
    op.drop_column("topic", "archive_since")


def add_digest() -> None:
    """Which bulletins somebody got gathered in one letter, each once."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "digest",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot_day", sa.Date(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("person_id", "slot_at", name=op.f("uq_digest_person_id_slot_at")),
    )
    op.create_table(
        "digest_entry",
        sa.Column("person_id", number, nullable=False),
        sa.Column("bulletin_id", number, nullable=False),
        sa.Column("version_id", number, nullable=False),
        sa.Column("digest_id", number, nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_digest_entry_digest_id_digest")),
        sa.PrimaryKeyConstraint("person_id", "bulletin_id", name=op.f("pk_digest_entry")),
    )
    op.create_index("ix_digest_entry_digest", "digest_entry", ["digest_id"])
    digest = sa.text("rule = 'digest'")
    op.create_index("ix_omission_digest", "omission", ["run_id"], sqlite_where=digest, postgresql_where=digest)


def drop_digest() -> None:
    """Without it."""
    op.drop_index("ix_omission_digest", "omission")
    op.drop_table("digest_entry")
    op.drop_table("digest")


def add_hits() -> None:
    """Every request for a public page, and the alarm when many leave at once."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "hit",
        sa.Column("id", number, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("delivery_id", number, nullable=True),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("pressed", sa.Text(), nullable=False),
        sa.Column("typed", number, nullable=False),
        sa.Column("shown", sa.Float(), nullable=True),
        sa.Column("since", sa.Float(), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit")),
    )
    op.create_index("ix_hit_person", "hit", ["person_id", "at"])
    op.create_index("ix_hit_domain", "hit", ["domain", "at"])
    for name, column, some in (("ix_hit_unjudged", "id", "verdict = ''"), ("ix_hit_traced", "at", "network != ''")):
        op.create_index(name, "hit", [column], sqlite_where=sa.text(some), postgresql_where=sa.text(some))
    op.create_index("ix_evidence_person", "evidence", ["person_id"])
    op.create_table(
        "burst",
        sa.Column("id", number, nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("people", number, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
    )
    op.create_table(
        "burst_member",
        sa.Column("opt_out_id", number, nullable=False),
        sa.Column("burst_id", number, nullable=False),
        sa.ForeignKeyConstraint(["burst_id"], ["burst.id"], name=op.f("fk_burst_member_burst_id_burst")),
        sa.ForeignKeyConstraint(["opt_out_id"], ["opt_out.id"], name=op.f("fk_burst_member_opt_out_id_opt_out")),
        sa.PrimaryKeyConstraint("opt_out_id", name=op.f("pk_burst_member")),
    )
    op.create_index(op.f("ix_burst_member_burst_id"), "burst_member", ["burst_id"])
    op.create_table(
        "burst_decision",
        sa.Column("id", number, nullable=False),
        sa.Column("burst_id", number, nullable=False),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.Column("opt_outs", number, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["burst_id"], ["burst.id"], name=op.f("fk_burst_decision_burst_id_burst")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst_decision")),
    )
    op.create_index(op.f("ix_burst_decision_burst_id"), "burst_decision", ["burst_id"])


def drop_hits() -> None:
    """Without them."""
    for table in ("burst_decision", "burst_member", "burst"):
        op.drop_table(table)
    op.drop_index("ix_evidence_person", "evidence")
    op.drop_table("hit")


def add_check_ins() -> None:
    """Asking silent accounts: the rule, the texts of staff, rounds, and each account asked."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "check_in_rule",
        sa.Column("id", number, nullable=False),
        sa.Column("silent_months", number, nullable=False),
        sa.Column("period_months", number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_rule")),
    )
    op.create_table(
        "check_in_text",
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("language", name=op.f("pk_check_in_text")),
    )
    op.create_table(
        "check_in_round",
        sa.Column("id", number, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("silent_months", number, nullable=False),
        sa.Column("period_months", number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_round")),
    )
    op.create_table(
        "check_in",
        sa.Column("id", number, nullable=False),
        sa.Column("round_id", number, nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("not_me_at", moment, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["check_in_round.id"], name=op.f("fk_check_in_round_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_check_in_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("round_id", "account_id", name=op.f("uq_check_in_round_id_account_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_check_in_account", "check_in", ["account_id", "asked_at"])
    op.create_index("ix_check_in_person", "check_in", ["person_id", "asked_at"])


def drop_check_ins() -> None:
    """Without them."""
    for table in ("check_in", "check_in_round", "check_in_text", "check_in_rule"):
        op.drop_table(table)


def add_reminders() -> None:
    """Where the reminders of a safety run stand."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "reminding",
        sa.Column("run_id", number, nullable=False, autoincrement=False),
        sa.Column("days", number, nullable=False),
        sa.Column("at_most", number, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("after_delivery_id", number, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("last_at", moment, nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_reminding_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_reminding")),
    )
    op.create_index("ix_reminding_due", "reminding", ["due_at"])


def drop_reminders() -> None:
    """Without them."""
    op.drop_table("reminding")


def add_rules() -> None:
    """Rules of the judgement that somebody switched on, and which colleague put evidence down, and why."""
    op.create_table(
        "rules_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("switched_on_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_version")),
    )
    for column in ("author", "note"):
        op.add_column("evidence", sa.Column(column, sa.Text(), nullable=False, server_default=""))


def drop_rules() -> None:
    """Without them."""
    for column in ("note", "author"):
        op.drop_column("evidence", column)
    op.drop_table("rules_version")
