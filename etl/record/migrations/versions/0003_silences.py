"""Messages say how their officer is known, and after how many days of silence a resident asks anew."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Two more columns of messages, empty in what was loaded before."""
    op.add_column("messages_rows", sa.Column("attribution", sa.Text))
    op.add_column("messages_rows", sa.Column("silence_days", sa.BigInteger))
