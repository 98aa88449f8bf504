"""What the page of compliments and complaints shows, as rows to download."""

import polars as pl

from etl.language import _
from pages.shared.controls import Filters
from pages.shared.outcomes import outcome_name
from pages.shared.pareto import pareto
from pages.shared.praise_and_blame import KINDS, kind_name


def shown(categories: pl.DataFrame, outcomes: pl.DataFrame, chosen: Filters) -> pl.DataFrame:
    """All counts of the page as one table, to download: period, what kind, category or outcome, number, of them under review."""
    parts = [
        pareto(categories, kind).select(
            pl.lit(kind_name(kind)).alias(_("Kind")),
            pl.col("category").alias(_("What it is about")),
            pl.col("rows").alias(_("Number")),
            pl.col("share").alias(_("Share")),
            pl.col("held").alias(_("Under review")),
        )
        for kind in KINDS
    ]
    became = outcomes.select(
        pl.lit(_("Outcome of complaints")).alias(_("Kind")),
        pl.Series(_("What it is about"), [outcome_name(outcome) for outcome in outcomes["outcome"]], dtype=pl.String),
        pl.col("rows").alias(_("Number")),
        (pl.col("rows") / pl.col("of")).alias(_("Share")),
        pl.lit(None, pl.Int64).alias(_("Under review")),
    )
    period = (pl.lit(chosen.from_on).alias(_("From")), pl.lit(chosen.to_on).alias(_("To")))
    return pl.concat([*parts, became]).select(*period, pl.all())
