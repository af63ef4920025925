"""Alembic's entry: one transaction for the whole upgrade, on both databases."""

from alembic import context

from registry.tables import metadata


def run() -> None:
    """Upgrade over the connection that ``registry.migrations.run`` hands in."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=False,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
