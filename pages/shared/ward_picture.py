"""The main picture of the wards, one of several at a time: the map, or each ward in order of value."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from etl.language import _
from metrics.declaration import Metric
from pages.shared import address, charts, picture, states, tile_map
from pages.shared.tiles import Place


def draw(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric, places: Mapping[str, Place | None]) -> None:
    """Let the viewer choose a picture, and draw it.

    Args:
        rows: one result row per ward.
        whole: the result row of all wards together.
        metric: the rows' metric.
        places: as of ``tile_map``.
    """
    pictures = {"map": _("Map"), "order": _("In order of value")}
    address.given("picture", "map", pictures)
    st.segmented_control(_("Picture"), list(pictures), format_func=pictures.get, key="picture", required=True, label_visibility="collapsed")
    if address.keep("picture", "map") == "map":
        states.legend(rows, metric)
        picture.show(tile_map.tile_map(rows, places, metric, picture.theme()), "ward map")
    elif states.some_value(rows):
        picture.show(charts.between_units(rows, whole, metric), "ward order")
