"""The record as it was first released. Never changed again: what the record became since is in the migrations after it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROWS = {
    "channel_days": (
        "channel_id! day:day! members:whole posts:whole views:whole comments:whole reactions:whole shares:whole corrections:whole"
    ),
    "channels": "channel_id! platform name ward opened_on:day closed_on:day",
    "duties": "officer_id! ward channel_id starts_at:whole! ends_at:whole",
    "feedback": (
        "feedback_id! kind formal:flag received_at:whole officer_id attribution ward channel_id platform interaction_id "
        "category rating:whole outcome decided_at:whole resident updated_at:whole"
    ),
    "interactions": (
        "interaction_id! asked_at:whole acknowledged_at:whole answered_at:whole first_resolved_at:whole "
        "reopened_at:whole resolved_at:whole status ward channel_id platform officer_id attribution topic tip_off:flag "
        "verdict classified_at:whole urgency resident link reply_count:whole updated_at:whole"
    ),
    "messages": (
        "message_id! thread_id parent_id author_role author officer_id sent_at:whole event channel_id platform ward topic link said"
    ),
    "officers": "officer_id! name badge active:flag",
    "postings": "officer_id! ward! starts_on:day! ends_on:day",
}
"""Input table → columns of its row versions: texts, or "name:kind"; those with "!" are never empty."""
KINDS: dict[str, Any] = {"": sa.Text, "whole": sa.BigInteger, "day": sa.String(10), "flag": sa.Boolean}
FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "loads",
        sa.Column("load_id", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("requested_as_of", sa.BigInteger),
        sa.Column("latest_at", sa.BigInteger),
        sa.Column("version", sa.String(20)),
        sa.Column("reason", sa.Text),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("statistics", sa.Text, nullable=False),
    )
    op.create_table(
        "files",
        sa.Column("file_id", sa.Integer, primary_key=True),
        sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id"), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("source", sa.String(200)),
        sa.Column("definition", sa.String(64)),
        sa.Column("table_name", sa.String(40)),
        sa.Column("verbatim", sa.Boolean, nullable=False),
        sa.Column("by_content", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("rows", *FATES)),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.CheckConstraint(f"rows = {' + '.join(FATES)}", name="account_closes"),
    )
    op.create_table(
        "quarantine",
        sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id"), nullable=False, index=True),
        sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String(60), nullable=False) for name in ("rule", "column")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("value", "row")),
    )
    op.create_table(
        "versions",
        sa.Column("version", sa.String(20), primary_key=True),
        sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id")),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("references", sa.String(64), nullable=False),
    )
    for table, columns in ROWS.items():
        op.create_table(
            f"{table}_rows",
            sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), primary_key=True),
            sa.Column("row_number", sa.Integer, primary_key=True),
            *(_column(each) for each in columns.split()),
            sa.Column("bare", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )


def _column(text: str) -> sa.Column[Any]:
    name, _, kind = text.removesuffix("!").partition(":")
    return sa.Column(name, KINDS[kind], nullable=not text.endswith("!"))
