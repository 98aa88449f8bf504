"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

import polars as pl

from metrics.intervals import Z95

FLAT = 1e-12
"""A curve this near to the wanted share runs flat on it: the quantile is then the middle of the flat."""


def curves(steps: pl.DataFrame) -> pl.DataFrame:
    """Survival curves with their log-log 95 % bands.

    Args:
        steps: one row per unit and time: ``unit``, ``seconds`` (whole, 0 allowed), ``events`` and ``cases`` (events and
            censorings at that time). Events come before censorings at the same time.

    Returns:
        One row per unit and time with events, in order: ``unit``, ``seconds``, ``survival`` (0–1), ``low`` and ``high``
        (the band; null where the curve is at 0).

    Source:
        Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, 1.4.1 (log-log); R's ``survfit``.
    """
    one = pl.col("unit")
    at_risk = pl.col("cases").sum().over(one) - pl.col("cases").cum_sum().over(one) + pl.col("cases")
    at_events = steps.sort("unit", "seconds").with_columns(at_risk.alias("at_risk")).filter(pl.col("events") > 0)
    remain = pl.col("at_risk") - pl.col("events")
    stepped = at_events.with_columns(
        (remain / pl.col("at_risk")).cum_prod().over(one).alias("survival"),
        (pl.col("events") / pl.col("at_risk") / remain).cum_sum().over(one).sqrt().alias("deviation"),
    )
    width = (Z95 * pl.col("deviation") / pl.col("survival").log().abs()).exp()
    alive = pl.col("survival") > 0
    return stepped.select(
        "unit",
        "seconds",
        "survival",
        pl.when(alive).then(pl.col("survival").pow(width)).alias("low"),
        pl.when(alive).then(pl.col("survival").pow(1 / width)).alias("high"),
    )


def quantiles(steps: pl.DataFrame, shares: list[float]) -> pl.DataFrame:
    """When a share of the cases has had its event, as R's ``quantile(survfit(..., conf.type = "log-log"))`` prints it.

    Args:
        steps: as in ``curves``.
        shares: 0–1, for instance 0.5 for the median.

    Returns:
        One row per unit: ``unit``, ``events``, ``cases``, ``last`` (the largest time seen, seconds) and for each share,
        numbered from 0, ``value_0``, ``lower_0``, ``upper_0`` in seconds (halves where a flat is halved; null where the
        curve does not come down so far).

    Source:
        Brookmeyer & Crowley 1982; R's ``quantile.survfit``.
    """
    totals = steps.group_by("unit").agg(pl.col("events", "cases").sum(), pl.col("seconds").max().alias("last"))
    wanted = [(f"{name}_{i}", band, 1 - share) for i, share in enumerate(shares) for name, band in BANDS.items()]
    seconds = pl.col("seconds")
    reached = [pl.when(pl.col(band) <= left + FLAT).then(seconds).min().alias(f"{name}_reached") for name, band, left in wanted]
    passed = [pl.when(pl.col(band) < left - FLAT).then(seconds).min().alias(f"{name}_passed") for name, band, left in wanted]
    found = curves(steps).group_by("unit").agg(*reached, *passed)
    middles = [((pl.col(f"{n}_reached") + pl.coalesce(f"{n}_passed", "last")) / 2).alias(n) for n, _, _ in wanted]
    return totals.join(found, on="unit", how="left").select("unit", "events", "cases", "last", *middles)


BANDS = {"value": "survival", "lower": "low", "upper": "high"}
"""The band's lower curve comes down first: it gives the lower limit of the time."""
