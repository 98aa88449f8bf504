"""The versions of few requests are found among all of them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """An index of the requests' row versions by their number."""
    op.create_index("interactions_of_id", "interactions_rows", ["interaction_id"])
