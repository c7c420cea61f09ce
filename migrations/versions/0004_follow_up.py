"""What service does next: who looks after an account, and the figures of the installed base."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function a subject, in the order in which they need each other."""
    add_care()
    add_record()
    add_retention()
    add_work()
    add_bounces()
    add_clicks()
    add_calibration()


def downgrade() -> None:
    """The same, backwards."""
    drop_calibration()
    drop_clicks()
    drop_bounces()
    drop_work()
    drop_retention()
    drop_record()
    drop_care()


def add_bounces() -> None:
    """Mails that came back, and who can no longer be reached."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "bounce",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("happened_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bounce_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.UniqueConstraint("key", name=op.f("uq_bounce_key")),
    )
    op.create_index(op.f("ix_bounce_person_id"), "bounce", ["person_id"])
    op.create_table(
        "unreachable",
        sa.Column("person_id", number, nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("lifted_at", moment, nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unreachable_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_unreachable")),
    )


def drop_bounces() -> None:
    """Without them."""
    for table in ("unreachable", "bounce"):
        op.drop_table(table)


def add_clicks() -> None:
    """Which hits were noted as evidence, or will never be."""
    op.add_column("hit", sa.Column("is_noted", sa.Boolean(), nullable=False, server_default=sa.false()))
    unread = sa.text("verdict = 'human' AND NOT is_noted")
    op.create_index("ix_hit_read", "hit", ["id"], sqlite_where=unread, postgresql_where=unread)


def drop_clicks() -> None:
    """Without them."""
    op.drop_index("ix_hit_read", "hit")
    op.drop_column("hit", "is_noted")


def add_care() -> None:
    """Who looks after an account, and how dear it is to us, as the ERP says."""
    for column in ("owner", "tier"):
        op.add_column("account", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    for column in ("country", "owner", "tier"):
        op.create_index(f"ix_account_{column}", "account", [column])


def drop_care() -> None:
    """Without them."""
    for column in ("tier", "owner", "country"):
        op.drop_index(f"ix_account_{column}", "account")
    for column in ("tier", "owner"):
        op.drop_column("account", column)


def add_record() -> None:
    """What colleagues know of an account and when they were in touch with it; which accounts are private owners."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.add_column("account", sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "account_fact",
        sa.Column("id", number, nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_fact_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_fact")),
    )
    op.create_index("ix_account_fact_account", "account_fact", ["account_id", "subject"])
    op.create_table(
        "contact",
        sa.Column("id", number, nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("happened_at", moment, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contact_account_id_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_account", "contact", ["account_id", "happened_at"])
    op.create_index("ix_contact_person", "contact", ["person_id"])


def drop_record() -> None:
    """Without them."""
    for table in ("contact", "account_fact"):
        op.drop_table(table)
    op.drop_column("account", "is_private")


def add_work() -> None:
    """Work for service and sales, the rules that open it, and what each colleague set for their inbox."""
    op.add_column("person", sa.Column("phone", sa.Text(), nullable=False, server_default=""))
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.create_table(
        "follow_up",
        sa.Column("id", number, nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", number, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("account_id", number, nullable=False),
        sa.Column("unit_id", number, nullable=True),
        sa.Column("person_id", number, nullable=True),
        sa.Column("evidence_id", number, nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_follow_up_account_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_follow_up_unit_id_unit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_up_person_id_person")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_follow_up_evidence_id_evidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("open_key", name=op.f("uq_follow_up_open_key")),
        sqlite_autoincrement=True,
    )
    still_open, closed = sa.text("closed_at IS NULL"), sa.text("closed_at IS NOT NULL")
    open_only = {"sqlite_where": still_open, "postgresql_where": still_open}
    op.create_index("ix_follow_up_open", "follow_up", ["team", "due_on", "id"], **open_only)
    op.create_index("ix_follow_up_mine", "follow_up", ["owner", "due_on", "id"], **open_only)
    op.create_index("ix_follow_up_closed", "follow_up", ["team", "id"], sqlite_where=closed, postgresql_where=closed)
    for name in ("account", "person", "evidence"):
        op.create_index(f"ix_follow_up_{name}", "follow_up", [f"{name}_id"])
    op.create_table(
        "follow_up_step",
        sa.Column("id", number, nullable=False),
        sa.Column("follow_up_id", number, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_up.id"], name=op.f("fk_follow_up_step_follow_up_id_follow_up")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_step")),
    )
    op.create_index("ix_follow_up_step_work", "follow_up_step", ["follow_up_id"])
    op.create_table(
        "follow_up_rule",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", number, nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Boolean(), nullable=True),
        sa.Column("tiers", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_in_days", number, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("on_since", moment, nullable=True),
        sa.Column("on_by", sa.Text(), nullable=False),
        sa.Column("off_since", moment, nullable=True),
        sa.Column("off_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_rule")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_follow_up_rule_key_version")),
    )
    op.create_index("ix_follow_up_rule_on", "follow_up_rule", ["on_since", "off_since"])
    op.create_table(
        "work_view",
        sa.Column("id", number, nullable=False),
        sa.Column("user_id", number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_work_view_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_view")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_work_view_user_id_name")),
    )
    op.create_table(
        "work_digest",
        sa.Column("user_id", number, nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("hour", number, nullable=False),
        sa.Column("weekday", number, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_work_digest_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_work_digest")),
    )
    op.create_index("ix_work_digest_due", "work_digest", ["due_at"])
    op.create_index("ix_evidence_detail", "evidence", ["detail", "observed_at"])


def drop_work() -> None:
    """Without them."""
    op.drop_index("ix_evidence_detail", "evidence")
    for table in ("work_digest", "work_view", "follow_up_rule", "follow_up_step", "follow_up"):
        op.drop_table(table)
    op.drop_column("person", "phone")


def add_retention() -> None:
    """The last sign of life beside each verdict, and figures that take too long to count for a page."""
    number, moment = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.add_column("verdict", sa.Column("last_sign_at", moment, nullable=True))
    op.add_column("verdict", sa.Column("last_kind", sa.Text(), nullable=False, server_default=""))
    op.execute(_SIGNS)
    op.create_index("ix_agreement_until", "agreement", ["until"])
    op.create_table(
        "reckoning",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reckoned_at", moment, nullable=True),
        sa.Column("claimed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reckoning")),
    )
    op.create_table(
        "verdict_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("machines", number, nullable=False),
        sa.PrimaryKeyConstraint("month", "side", "value", "before", "state", name=op.f("pk_verdict_month")),
    )
    counts = ("accounts", "reached", "by_service", "by_sales", "by_anybody", "agreements", "renewed", "opted_out")
    op.create_table(
        "owner_year",
        sa.Column("owner", sa.Text(), nullable=False),
        *(sa.Column(name, number, nullable=False) for name in (*counts, "customers_still")),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_owner_year")),
    )
    op.create_table(
        "account_reach",
        sa.Column("account_id", number, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("machines", number, nullable=False),
        sa.Column("people", number, nullable=False),
        sa.Column("only_at_renewal", sa.Boolean(), nullable=False),
        sa.Column("service_at", moment, nullable=True),
        sa.Column("sales_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_reach_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_reach")),
    )
    op.create_index("ix_account_reach_why", "account_reach", ["why", "account_id"])
    at_renewal = sa.text("only_at_renewal")
    op.create_index(
        "ix_account_reach_renewal",
        "account_reach",
        ["account_id"],
        sqlite_where=at_renewal,
        postgresql_where=at_renewal,
    )


def drop_retention() -> None:
    """Without them."""
    for table in ("account_reach", "owner_year", "verdict_month", "reckoning"):
        op.drop_table(table)
    op.drop_index("ix_agreement_until", "agreement")
    for column in ("last_kind", "last_sign_at"):
        op.drop_column("verdict", column)


def add_calibration() -> None:
    """What came of what we had said, counted once a day."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "silent_share",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("model", "age", "silent")),
        *(sa.Column(name, number, nullable=False) for name in ("used", "answers")),
        sa.PrimaryKeyConstraint("model", "age", "silent", name=op.f("pk_silent_share")),
    )
    op.create_table(
        "predicted_tenth",
        sa.Column("tenth", number, autoincrement=False, nullable=False),
        sa.Column("predicted", sa.Double(), nullable=False),
        *(sa.Column(name, number, nullable=False) for name in ("used", "answers")),
        sa.PrimaryKeyConstraint("tenth", name=op.f("pk_predicted_tenth")),
    )


def drop_calibration() -> None:
    """Without it."""
    for table in ("predicted_tenth", "silent_share"):
        op.drop_table(table)


# What told of a machine and was not taken back, up to now; from here on each new piece is written down as it comes.
_SIGNS = """
UPDATE verdict SET last_sign_at = signs.at, last_kind = signs.kind
FROM (
  SELECT account_id, unit_id, kind, observed_at AS at FROM (
    SELECT account_id, unit_id, kind, observed_at,
           row_number() OVER (PARTITION BY account_id, unit_id ORDER BY observed_at DESC, id DESC) AS place
    FROM (
      SELECT id, account_id, 0 AS unit_id, kind, observed_at, says FROM evidence AS at_all
      WHERE says <> 'unknown' AND kind NOT IN ('machine_click', 'opt_out', 'bounce', 'contact_left')
        AND NOT EXISTS (SELECT 1 FROM evidence AS later
                        WHERE later.account_id = at_all.account_id AND later.supersedes_id = at_all.id)
      UNION ALL
      SELECT id, account_id, unit_id, kind, observed_at, says FROM evidence AS of_one
      WHERE says <> 'unknown' AND kind NOT IN ('machine_click', 'opt_out', 'bounce', 'contact_left')
        AND unit_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM evidence AS later
                        WHERE later.account_id = of_one.account_id AND later.supersedes_id = of_one.id)
    ) AS told
  ) AS placed WHERE place = 1
) AS signs
WHERE signs.account_id = verdict.account_id AND signs.unit_id = verdict.unit_id
"""
