"""Refused rows say by what they are known again, and which load brought the row that takes their place."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two more columns of quarantine, empty in what was refused before."""
    op.add_column("quarantine", sa.Column("key", sa.String(64)))
    op.add_column("quarantine", sa.Column("fixed_in", sa.Integer))
