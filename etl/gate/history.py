"""What each load brought of each source, kept with the load so that later ones can be compared with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.publishing.standing import PUBLISHED
from etl.staging.stage import StagedFile
from etl.tables import OWN_NAMESPACE, UNKNOWN


@dataclass(frozen=True)
class SourceStatistics:
    """One load's share of one source. Shares are 0–1, of the tidy rows that the load touched."""

    rows: int
    """Of files that were not read before; 0 where every file was: reading them again says nothing of how much comes in."""
    unknown_officers: float
    unknown_wards: float
    filled: list[str]
    """Input columns with at least one value."""
    answers: int = 0
    """Of the rows touched, how many are answered and their times known."""
    answer_seconds: float | None = None
    """The median of these from question to answer; None where there is none."""


def source_statistics(
    staged: Sequence[StagedFile], tidy: Mapping[str, pl.DataFrame], requests: pl.DataFrame, known: Collection[tuple[str, str]]
) -> dict[str, SourceStatistics]:
    """Statistics of a load by source.

    Args:
        staged: the load's files.
        tidy: the tables that would be published with it.
        requests: those that threads of messages hold (``etl.publishing.threads``).
        known: (sha256, source) of the files that stood before it.
    """
    return {
        name: _statistics([file for file in staged if file.source.name == name], tidy, requests, known)
        for name in sorted({file.source.name for file in staged})
    }


def _statistics(
    files: Sequence[StagedFile], tidy: Mapping[str, pl.DataFrame], requests: pl.DataFrame, known: Collection[tuple[str, str]]
) -> SourceStatistics:
    source = files[0].source
    rows = sum(file.rows for file in files if (file.file.sha256, source.name) not in known)
    goods = [file.good for file in files if not file.good.is_empty()]
    if not goods:
        return SourceStatistics(rows, 0.0, 0.0, [])
    good = pl.concat(goods)
    filled = [column for column in source.table.names() if any(column in file.filled for file in files)]
    if source.table.name not in OWN_NAMESPACE:
        return SourceStatistics(rows, 0.0, 0.0, filled)
    table, key = source.table.name, source.table.key[0]
    ids = good.select(key)
    if table == "messages":
        table, key = "interactions", "interaction_id"
        opened = [good.select(pl.col(name).alias(key)) for name in ("message_id", "parent_id")]
        ids = pl.concat([*opened, _asked_before(good, requests.filter(pl.col("source") == source.name))])
    touched = tidy[table].filter(pl.col("source") == source.name).join(ids.unique(), on=key, how="semi")
    officers, wards = (float((touched[column] == UNKNOWN).sum()) / max(touched.height, 1) for column in ("officer_id", "ward_code"))
    if table != "interactions":
        return SourceStatistics(rows, officers, wards, filled)
    waited = (pl.col("answered_at") - pl.col("asked_at")).dt.total_seconds()
    answers, median = touched.filter("has_time").select(waited.count().alias("answers"), waited.median().alias("median")).row(0)
    return SourceStatistics(rows, officers, wards, filled, answers, median)


def _asked_before(messages: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """The request in which each message stands: its thread's last that was asked before it; of a thread that is cut by silences there
    are several."""
    asked = requests.select("thread_id", "interaction_id", "asked_at").sort("asked_at")
    sent = messages.select("thread_id", "sent_at").sort("sent_at")
    found = sent.join_asof(asked, left_on="sent_at", right_on="asked_at", by="thread_id", check_sortedness=False)
    return found.select("interaction_id").drop_nulls()


def history_of(loads: Sequence[Mapping[str, Any]]) -> dict[str, list[SourceStatistics]]:
    """Statistics of the published loads by source, oldest first."""
    history: dict[str, list[SourceStatistics]] = {}
    for load in loads:
        if load["state"] == PUBLISHED:
            for source, numbers in load["statistics"].items():
                history.setdefault(source, []).append(SourceStatistics(**numbers))
    return history
