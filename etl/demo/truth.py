"""What the made-up city was made from, and what a correct loader must find in its files."""

from collections import Counter
from typing import Any

import polars as pl

from etl.demo.city import City
from etl.demo.judgements import BURST_DAY, BURST_ROWS, BURST_VOICES, burst, burst_ward
from etl.demo.life import MONTHS
from etl.demo.people import month_start
from etl.demo.sheets import Sheet
from etl.tables import UNKNOWN

FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")


def planted(city: City) -> dict[str, Any]:
    """The city's parameters: wards, officers with the months of their postings, channels, and the burst of praise."""
    codes = city.wards["ward_code"]
    stints: dict[int, list[dict[str, Any]]] = {}
    for officer, ward, first, last in city.stints.iter_rows():
        ends = None if last == MONTHS - 1 else str(month_start(last + 1))
        stints.setdefault(officer, []).append({"ward_code": codes[ward], "from": str(month_start(first)), "before": ends})
    officers = city.officers.select("officer_id", "pace", "activity").to_dicts()
    channels = city.channels.select("channel_id", "platform", "ward").to_dicts()
    return {
        "wards": city.wards.select("ward_code", "name", "planted", "volume", "pace", "silence", "upheld").to_dicts(),
        "officers": [row | {"stints": stints[number]} for number, row in enumerate(officers)],
        "channels": [
            {"channel_id": row["channel_id"], "platform": row["platform"], "ward_code": None if row["ward"] is None else codes[row["ward"]]}
            for row in channels
        ],
        "burst": {
            "officer_id": burst(city)["officer_id"][0],
            "ward_code": codes[burst_ward(city)],
            "day": str(BURST_DAY),
            "kind": "compliment",
            "rows": BURST_ROWS,
            "voices": BURST_VOICES,
        },
    }


def file_fates(sheets: list[Sheet]) -> list[dict[str, Any]]:
    """Per file: rows read and how many of each fate, when all files are refreshed in one go."""
    files = []
    for sheet in sheets:
        counted = Counter(sheet.rows["fate"])
        fates = {fate: counted[fate] for fate in FATES}
        files.append({"path": sheet.path, "source": sheet.source, "rows": sheet.rows.height, "fates": fates})
    return files


def dirty_rows(sheets: list[Sheet]) -> list[dict[str, Any]]:
    """Per row with something wrong: where it stands (1 = first record after the header), what is wrong, its fate and rule."""
    found = []
    for sheet in sheets:
        rows = sheet.rows.with_row_index("row_number", offset=1).filter(pl.col("what").is_not_null())
        found += [{"path": sheet.path, **row} for row in rows.select("row_number", "what", "fate", "rule", "column").iter_rows(named=True)]
    return found


def true_figures(city: City, cases: pl.DataFrame, judgements: dict[str, pl.DataFrame], told: dict[str, list[Sheet]]) -> dict[str, Any]:
    """The plain counts that a correct loader must recover exactly.

    Args:
        cases: as a correct loader must know them in the end.
        judgements: all feedback by kind, before it was spoilt.
        told: its sheets.

    Returns:
        ``all`` and ``wards`` (by today's code, and unknown): received, answered, compliments, complaints, ratings.
    """
    counted = cases.filter(~pl.col("status").is_in(["withdrawn", "duplicate"]))
    columns = {
        "received": counted["true_ward"],
        "answered": counted.filter(pl.col("answered_at").is_not_null())["true_ward"],
    }
    for kind, frame in judgements.items():
        refused = pl.concat([sheet.rows.filter(pl.col("fate") == "quarantined")["row_id"] for sheet in told[kind]])
        withdrawn = (pl.col("outcome") == "withdrawn").fill_null(False)
        good = frame.filter(~pl.col("feedback_id").is_in(refused.implode()), ~pl.col("formal"), ~withdrawn)
        columns[kind] = good["true_ward"]
    codes = [*city.wards["ward_code"], UNKNOWN]
    by_ward: dict[str, dict[str, int]] = {code: {} for code in codes}
    for metric, wards in columns.items():
        counts = Counter(wards.fill_null(len(codes) - 1).to_list())
        for position, code in enumerate(codes):
            by_ward[code][metric] = counts[position]
    return {"all": {metric: len(wards) for metric, wards in columns.items()}, "wards": by_ward}
