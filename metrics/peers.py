"""A ward's peer group: the wards of the same third by number of cases."""

import polars as pl

from etl.tables import UNKNOWN


def peers(rows: pl.DataFrame, ward: str) -> list[str]:
    """The wards of a ward's third, itself among them, by code.

    Args:
        rows: the result rows of ``received`` by ward, of one period and the filters in use.
        ward: its code.

    Returns:
        Codes; only the ward itself where the rows do not hold it. Wards with equally many cases are ordered by code, so that each
        third holds as many wards as the others, give or take one. ``unknown`` is nobody's peer.
    """
    wards = rows.filter((pl.col("metric") == "received") & (pl.col("unit") != UNKNOWN)).sort("value", "unit")
    thirds = wards.with_row_index("place").select("unit", third=pl.col("place") * 3 // max(wards.height, 1))
    own = thirds.filter(pl.col("unit") == ward)["third"].implode()
    found = thirds.filter(pl.col("third").is_in(own))["unit"].sort().to_list()
    return found or [ward]
