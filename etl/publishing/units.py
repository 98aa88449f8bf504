"""Every ward and every other unit that occurs anywhere in the tidy tables, with its name."""

from collections.abc import Mapping

import polars as pl

from etl.reference.wards import Wards
from etl.tables import UNKNOWN


def occurring(tables: Mapping[str, pl.DataFrame], wards: Wards) -> dict[str, pl.DataFrame]:
    """The tables ``wards`` and ``units``.

    Args:
        tables: all other tidy tables; of interactions and feedback the codes (``etl.publishing.tidy.CODES``) will do.
        wards: of the country.
    """
    found = wards.ward_rows(_ward_codes(tables))
    return {"wards": found, "units": _units(tables, found)}


def _ward_codes(tables: Mapping[str, pl.DataFrame]) -> set[str]:
    places = [("interactions", "ward_code"), ("interactions", "ward_then"), ("feedback", "ward_code"), ("feedback", "ward_then")]
    places += [(name, "ward_code") for name in ("postings", "duties", "channels")]
    codes = pl.concat([tables[table][column].cast(pl.String) for table, column in places]).drop_nulls().unique()
    return set(codes.to_list()) - {UNKNOWN}


def _activity(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Where shifts and channels' days belong, ``unknown`` where nothing says it: channel_id, platform, ward_code, officer_id, topic."""
    places = tables["channels"].select("channel_id", "platform", pl.col("ward_code").cast(pl.String).alias("of_channel"))
    shifts = tables["duties"].select("officer_id", "channel_id", pl.col("ward_code").cast(pl.String)).unique()
    shifts = shifts.join(places, on="channel_id", how="left")
    days = tables["channel_days"].select("channel_id").unique().join(places, on="channel_id", how="left")
    found = pl.concat([days.with_columns(ward_code="of_channel"), shifts], how="diagonal_relaxed").with_columns(topic=pl.lit(UNKNOWN))
    columns = ("channel_id", "platform", "ward_code", "officer_id", "topic")
    return found.select(pl.col(name).cast(pl.String).fill_null(UNKNOWN) for name in columns)


def _units(tables: Mapping[str, pl.DataFrame], wards: pl.DataFrame) -> pl.DataFrame:
    """Every unit that occurs anywhere, with its name."""
    cases, feedback = tables["interactions"], tables["feedback"]
    of_wards = pl.concat([tables[name]["ward_code"].cast(pl.String) for name in ("postings", "duties", "channels")])
    activity = _activity(tables)
    current = pl.concat([cases["ward_code"], feedback["ward_code"], of_wards, activity["ward_code"]]).drop_nulls().unique()
    ward_names = wards.select(unit="ward_code", unit_name="name")
    province_of = dict(wards.select("ward_code", "parent").iter_rows())
    province_names = wards.select(unit="parent", unit_name="province").unique("unit", keep="first", maintain_order=True)
    officers = pl.concat([tables[name]["officer_id"] for name in ("interactions", "feedback", "officers", "postings")])
    channels = pl.concat([tables[name]["channel_id"].cast(pl.String) for name in ("interactions", "feedback", "channels")])
    kinds = {
        "province": (current.replace_strict(province_of, default=UNKNOWN, return_dtype=pl.String), province_names),
        "ward": (current, ward_names),
        "ward_then": (pl.concat([cases["ward_then"], feedback["ward_then"], activity["ward_code"]]), ward_names),
        "channel": (pl.concat([channels, activity["channel_id"]]), tables["channels"].select(unit="channel_id", unit_name="name")),
        "platform": (pl.concat([cases["platform"], feedback["platform"], tables["channels"]["platform"], activity["platform"]]), None),
        "officer": (pl.concat([officers, activity["officer_id"]]), tables["officers"].select(unit="officer_id", unit_name="name")),
        "topic": (pl.concat([cases["topic"], feedback["topic"], activity["topic"]]), None),
    }
    frames = []
    for kind, (codes, names) in kinds.items():
        units = codes.cast(pl.String).drop_nulls().unique().sort().to_frame("unit").select(pl.lit(kind).alias("unit_kind"), "unit")
        name = pl.lit(None, pl.String).alias("unit_name")
        units = units.join(names, on="unit", how="left", maintain_order="left") if names is not None else units.with_columns(name)
        frames.append(units.with_columns(pl.coalesce("unit_name", "unit")))
    return pl.concat(frames)
