"""What keeping takes: the marks of the pseudonyms' keys, the residents who were erased, and redacted texts for some days."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and let each file say which of its columns hold pseudonyms."""
    op.create_table(
        "keys",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.String(64), nullable=False),
    )
    op.create_table("erased", sa.Column("pseudonym", sa.String(64), primary_key=True))
    op.create_table(
        "texts",
        sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), primary_key=True),
        sa.Column("row_number", sa.Integer, primary_key=True),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.add_column("files", sa.Column("pseudonyms", sa.Text, nullable=False, server_default=""))
