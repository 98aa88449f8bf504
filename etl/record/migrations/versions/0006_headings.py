"""Refused rows say what their file calls the column at fault."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """One more column of quarantine, empty in what was refused before."""
    op.add_column("quarantine", sa.Column("heading", sa.Text))
