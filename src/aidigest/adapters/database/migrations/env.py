"""How Alembic runs our migrations: always on the connection it is handed."""

from alembic import context

from aidigest.adapters.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can change a table only by making it anew.
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
