"""Alembic's entry: runs on the connection that `newsletter.schema` hands over."""

from alembic import context

from newsletter import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite alters a table by building it anew
    compare_type=True,
    include_name=tables.is_ours,
)
with context.begin_transaction():
    context.run_migrations()
