"""What the made-up city was made from, and what a correct loader must find in its files."""

from collections import Counter
from datetime import timedelta
from typing import Any

import polars as pl

from etl.demo.channels import SILENT_FROM
from etl.demo.city import City
from etl.demo.dirt import FEEDBACK_SPOTS, INTERACTION_SPOTS, NO_WARD
from etl.demo.files import Sheet
from etl.demo.filing import Filed
from etl.demo.life import MONTHS, REFORM, wall_seconds
from etl.demo.people import month_start
from etl.demo.stories import BURSTS, RUMOURS, burst_officer, rumour_ward
from etl.demo.zalo import automatic_account
from etl.tables import UNKNOWN

FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")
FEEDBACK = ("compliments", "complaints", "ratings", "formal")


def planted(city: City, cases: pl.DataFrame) -> dict[str, Any]:
    """The city's parameters: wards of today and before, officers with the months of their postings, channels; and what is planted."""
    codes = city.wards["ward_code"]
    stints: dict[int, list[dict[str, Any]]] = {}
    for officer, ward, first, last in city.stints.iter_rows():
        ends = None if last == MONTHS - 1 else str(month_start(last + 1))
        stints.setdefault(officer, []).append({"ward_code": codes[ward], "from": str(month_start(first)), "before": ends})
    officers = city.officers.select("officer_id", "pace", "silence", "activity", "planted").to_dicts()
    ward_code = codes.gather(city.channels["ward"])
    return {
        "wards": city.wards.select("ward_code", "name", "planted", "volume", "pace", "silence", "upheld").to_dicts(),
        "old_wards": city.old_wards.select(
            "ward_code", "name", "district", "split", current_code=codes.gather(city.old_wards["ward"])
        ).to_dicts(),
        "officers": [row | {"stints": stints[number]} for number, row in enumerate(officers)],
        "channels": city.channels.select("channel_id", "platform", ward_code, "members").to_dicts(),
        "stories": _stories(city, cases),
    }


def _stories(city: City, cases: pl.DataFrame) -> dict[str, Any]:
    """What there is to find."""
    codes, ids = city.wards["ward_code"], city.officers["officer_id"]
    of_rumour = Counter(cases["rumour"].drop_nulls())
    automatic = automatic_account(cases)
    silent = city.channels.filter("silent")["channel_id"].to_list()

    def places(frame: pl.DataFrame, name: str) -> dict[str, str | None]:
        found = {kind: frame.filter(pl.col("planted") == kind)[name].to_list() for kind in ("poor", "excellent")}
        return {kind: rows[0] if rows else None for kind, rows in found.items()}

    return {
        "wards": places(city.wards, "ward_code"),
        "officers": places(city.officers, "officer_id"),
        "automatic_account": None if automatic < 0 else city.channels["channel_id"][automatic],
        "silent_channel": {"channel_id": silent[0], "last_day": str(SILENT_FROM - timedelta(1))} if silent else None,
        "bursts": [
            {
                "kind": burst.kind.removesuffix("s"),
                "day": str(burst.day),
                "officer_id": ids[burst_officer(city, burst)[0]],
                "ward_code": codes[burst_officer(city, burst)[1]],
                "rows": burst.rows,
                "voices": burst.voices,
            }
            for burst in BURSTS
        ],
        "rumours": [
            {
                "day": str(rumour.day),
                "corrected_on": str(rumour.corrected),
                "question": rumour.question,
                "correction": rumour.correction,
                "ward_code": codes[rumour_ward(city)] if rumour.one_ward else None,
                "questions": of_rumour[number],
            }
            for number, rumour in enumerate(RUMOURS)
        ],
    }


def file_fates(sheet: Sheet) -> dict[str, Any]:
    """Rows read of a file and how many of each fate, when all files are refreshed in one go."""
    counted = dict(sheet.rows["fate"].value_counts().iter_rows())
    file: dict[str, Any] = {"path": sheet.path, "source": sheet.source, "rows": sheet.rows.height}
    if sheet.interactions is not None:
        file["interactions"] = sheet.interactions
    return file | {"fates": {fate: counted.get(fate, 0) for fate in FATES}}


def dirty_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Per row with something wrong: where it stands (1 = first record after the header), what is wrong, its fate and rule."""
    rows = sheet.rows.with_row_index("row_number", offset=1).filter(pl.col("what").is_not_null())
    return [{"path": sheet.path, **row} for row in rows.select("row_number", "what", "fate", "rule", "column").iter_rows(named=True)]


def true_figures(city: City, filed: Filed, judgements: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The plain counts that a correct loader must recover exactly.

    Args:
        judgements: all feedback by kind, with its spots.

    Returns:
        ``all`` and ``wards`` (by today's code, and unknown): received, answered, tip_offs, tip_offs_founded, compliments, complaints,
        ratings, formal; ``wards_then`` (by the name of the day): those of requests.
    """
    cases = _known(filed)
    today = city.wards["ward_code"].gather(cases["true_ward"]).fill_null(UNKNOWN)
    by_old = (cases["asked_at"] < wall_seconds(REFORM)) & cases["old_ward"].is_not_null() & cases["true_ward"].is_not_null()
    then = city.old_wards["ward_code"].gather(cases["old_ward"]).zip_with(by_old, today)
    asked = cases.select(
        wards=today,
        wards_then=then,
        received=pl.lit(True),
        answered=pl.col("answered_at").is_not_null(),
        tip_offs="tip_off",
        tip_offs_founded=pl.col("tip_off") & (pl.col("verdict") == "founded").fill_null(False),
    )
    told = pl.concat([_judged(city, kind, frame) for kind, frame in judgements.items()])
    figures: dict[str, Any] = {"all": _sums(asked.drop("wards", "wards_then")) | _sums(told.drop("wards"))}
    requests, feedback = _by(asked.drop("wards_then"), "wards"), _by(told, "wards")
    nothing = dict.fromkeys(figures["all"], 0)
    figures["wards"] = {code: nothing | requests.get(code, {}) | feedback.get(code, {}) for code in [*city.wards["ward_code"], UNKNOWN]}
    return figures | {"wards_then": _by(asked.drop("wards"), "wards_then")}


def _known(filed: Filed) -> pl.DataFrame:
    """Counted requests as a correct loader must know them in the end: without the refused ones, corrected, and true_ward null
    where the ward cannot be read."""
    refused = [number for number, spot in enumerate(INTERACTION_SPOTS) if spot.rule]
    nowhere = [number for number, spot in enumerate(INTERACTION_SPOTS) if spot.change.get("ward") == NO_WARD]
    cases = pl.concat([filed.cases.filter(~pl.col("corrected")), filed.corrections.with_columns(corrected=pl.lit(True))])
    cases = cases.filter(~pl.col("spot").is_in(refused).fill_null(False), ~pl.col("status").is_in(["withdrawn", "duplicate"]))
    return cases.with_columns(true_ward=pl.when(~pl.col("spot").is_in(nowhere).fill_null(False)).then("true_ward"))


def _judged(city: City, kind: str, judgements: pl.DataFrame) -> pl.DataFrame:
    """Feedback of one kind that was neither refused nor withdrawn: its ward, and what it counts as."""
    refused = [number for number, spot in enumerate(FEEDBACK_SPOTS[kind]) if spot.rule]
    good = judgements.filter(~pl.col("spot").is_in(refused).fill_null(False), (pl.col("outcome") != "withdrawn").fill_null(True))
    formal = {"formal": pl.col("formal")}
    plain = {name: pl.lit(name == kind) & ~pl.col("formal") for name in FEEDBACK if name != "formal"}
    return good.select(wards=city.wards["ward_code"].gather(good["true_ward"]).fill_null(UNKNOWN), **plain, **formal)


def _sums(rows: pl.DataFrame) -> dict[str, int]:
    return rows.select(pl.all().cast(pl.Int64).sum()).row(0, named=True)


def _by(rows: pl.DataFrame, place: str) -> dict[str, dict[str, int]]:
    """Sums by place."""
    sums = rows.group_by(place).agg(pl.all().cast(pl.Int64).sum()).sort(place)
    return {row.pop(place): row for row in sums.iter_rows(named=True)}
