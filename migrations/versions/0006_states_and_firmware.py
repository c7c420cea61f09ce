"""A copy's state changes twice in a second, and no index has to know of it; the firmware of a machine."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEX = "ix_delivery_batch"


def upgrade() -> None:
    """Take the state out of the index, and leave room beside each copy for what it is written anew as."""
    op.drop_index(_INDEX, table_name="delivery")
    op.create_index(_INDEX, "delivery", ["run_id", "batch"])
    _fill("fillfactor = 50")
    op.add_column("unit", sa.Column("firmware", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_unit_firmware", "unit", ["firmware"])


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_unit_firmware", table_name="unit")
    op.drop_column("unit", "firmware")
    op.drop_index(_INDEX, table_name="delivery")
    op.create_index(_INDEX, "delivery", ["run_id", "batch", "state"])
    _fill("fillfactor = 100")


def _fill(how_far: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE delivery SET ({how_far})")
