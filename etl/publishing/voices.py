"""What keeps feedback honest: one resident is one voice, and a burst waits for a person; praise and blame alike.

Both rules look at all rows there are, never at the period somebody asks about, so that a row counts everywhere or nowhere.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import pdtr, pdtrik

from etl.tables import LOCAL_TIME_ZONE, UNKNOWN

BURST_ROWS = 6
"""Fewer rows than these on one day are never a burst."""
BURST_QUANTILE = 0.9999
BURST_HISTORY_DAYS = 90

_DAY = pl.col("received_at").dt.convert_time_zone(LOCAL_TIME_ZONE).dt.date()
# The officer where known, else the ward: two columns, so that an officer's code never meets an equal ward's.
_ABOUT = {
    "officer": pl.col("officer_id"),
    "ward": pl.when(pl.col("officer_id") == UNKNOWN).then(pl.col("ward_code")).otherwise(pl.lit("")),
}


def one_voice(feedback: pl.DataFrame) -> pl.Series:
    """Which feedback enters rates and shares: of one resident's rows about the same in a week, only the first.

    Of counted rows equal in resident, kind, officer (else ward; where that is unknown too, the unknown ward) and local ISO
    week the first by (received_at, source, feedback_id) counts. A row without a resident always counts. A row that is not
    counted takes no part and gets true: it enters no rate anyway.

    Args:
        feedback: one row per compliment, complaint or rating, in any order: source, feedback_id, kind, officer_id, ward_code
            ("unknown" where missing), received_at (UTC), resident (pseudonym or null), counted (neither formal nor withdrawn).

    Returns:
        ``counts``, a boolean for each row in the given order.
    """
    group = ["resident", "kind", "officer", "ward", "week"]
    voices = (
        feedback.with_row_index("place")
        .filter("counted", pl.col("resident").is_not_null())
        .with_columns(week=_DAY.dt.truncate("1w"), **_ABOUT)
        .sort("received_at", "source", "feedback_id")
    )
    first = voices.unique(group, keep="first", maintain_order=True)
    counts = np.ones(feedback.height, dtype=np.bool_)
    counts[voices["place"].to_numpy()] = False
    counts[first["place"].to_numpy()] = True
    return pl.Series("counts", counts)


def bursts(feedback: pl.DataFrame) -> pl.Series:
    """Which feedback is held until a person has looked: far more in a day than the 90 days before let expect.

    Counted rows of one local day, officer (else ward) and kind are held where there are at least BURST_ROWS of them and more
    than the Poisson quantile BURST_QUANTILE of the daily mean of the 90 local days before; held rows and repeated voices are
    in that mean and in the day's number. Feedback about an unknown officer in an unknown ward is a group like any other: it
    would move the figures of the whole, of channels and platforms.

    Args:
        feedback: as for ``one_voice``; ``resident`` is not looked at.

    Returns:
        ``held``, a boolean for each row in the given order.
    """
    group = ["officer", "ward", "kind"]
    rows = feedback.with_row_index("place").filter("counted").with_columns(day=_DAY, **_ABOUT)
    days = (
        rows.group_by(*group, "day")
        .agg(rows=pl.len().cast(pl.Int64))
        .sort(*group, "day")
        .with_columns(before=pl.col("rows").rolling_sum_by("day", f"{BURST_HISTORY_DAYS}d", closed="left").over(group))
        .filter(pl.col("rows") >= BURST_ROWS)
    )
    mean = days["before"].fill_null(0).to_numpy() / BURST_HISTORY_DAYS
    usual = np.where(mean > 0, _poisson_quantile(np.maximum(mean, 1e-9)), 0)
    burst_days = days.filter(pl.Series(days["rows"].to_numpy() > usual))
    held = np.zeros(feedback.height, dtype=np.bool_)
    held[rows.join(burst_days, on=[*group, "day"], how="semi")["place"].to_numpy()] = True
    return pl.Series("held", held)


def _poisson_quantile(mean: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The smallest number of rows a day that BURST_QUANTILE of days do not pass, as ``scipy.stats.poisson.ppf`` gives it;
    that module alone takes a second to import."""
    above = np.ceil(pdtrik(BURST_QUANTILE, mean))
    below = np.maximum(above - 1, 0)
    quantile: npt.NDArray[np.float64] = np.where(pdtr(below, mean) >= BURST_QUANTILE, below, above)
    return quantile
