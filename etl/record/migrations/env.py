"""How a migration runs: on the connection, and within the transaction, that the record opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
