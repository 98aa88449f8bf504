"""Charts of a few rows: what is drawn is what the rows say, and nothing is drawn where they say nothing."""

from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.tables import UNKNOWN
from metrics.catalogue import METRICS
from metrics.declaration import Metric
from metrics.figures import RESULT
from pages.shared import charts, picture, tables, tile_map, whiskers
from pages.shared.axes import COARSE, FINE, axis, counts


def metric(name: str) -> Metric:
    return next(metric for metric in METRICS if metric.name == name)


def rows(*given: dict[str, Any]) -> pl.DataFrame:
    """Result rows of wards in state ok, but for what each says."""
    full = [dict.fromkeys(RESULT) | {"unit": str(i), "unit_name": f"Ward {i}", "state": "ok"} | dict(row) for i, row in enumerate(given)]
    return pl.DataFrame(full, schema=RESULT, orient="row")


SHARES = rows(
    {"value": 0.5, "lower": 0.3, "upper": 0.7, "numerator": 10, "denominator": 20},
    {"value": 0.9, "lower": 0.8, "upper": 0.95, "numerator": 90, "denominator": 100},
    {"state": "too_few", "numerator": 1, "denominator": 2},
)
WHOLE = rows({"unit": "all", "value": 0.8, "lower": 0.7, "upper": 0.9, "numerator": 101, "denominator": 122})


def test_units_stand_in_order_of_value_with_their_intervals_and_the_whole_as_a_line():
    figure = charts.between_units(SHARES, WHOLE, metric("on_time")).figure
    points, line = figure.data[0], figure.layout.shapes[0]
    assert list(points.x) == [0.9, 0.5]
    assert list(points.error_x.array) == pytest.approx([0.05, 0.2])
    assert list(points.error_x.arrayminus) == pytest.approx([0.1, 0.2])
    assert "n = 100" in points.hovertext[0]
    assert (line.x0, line.x1) == (0.8, 0.8)
    assert figure.layout.annotations[0].text == "Toàn bộ:<br>80,0\u00a0%"


def test_times_stand_shortest_first_on_a_log_axis_with_human_ticks():
    times = rows({"value": 7200.0, "lower": 3600.0, "upper": None}, {"value": 600.0, "lower": 300.0, "upper": 900.0})
    figure = charts.between_units(times, WHOLE.clear(), metric("first_response_median")).figure
    assert list(figure.data[0].x) == [600.0, 7200.0]
    assert list(figure.data[0].error_x.array) == [300.0, 0]
    assert figure.layout.xaxis.type == "log"
    assert set(figure.layout.xaxis.tickvals) <= {*COARSE, *FINE}


def test_a_chart_stands_in_order_of_value_and_a_table_by_what_needs_attention_then_by_name():
    def standing(metric_name, *given):
        table = tables.by_unit(rows(*given), WHOLE, metric(metric_name), "Ward").data
        return table.iloc[:, 0].tolist()

    names = [
        {"value": 0.9, "unit_name": "Xã Ý"},
        {"value": 0.5, "unit_name": "Xã Ăn", "signal": "worse"},
        {"value": 0.99, "unit_name": "Xã An"},
    ]
    last = [{"unit_name": "Xã A", "state": "too_few", "denominator": 2}, {"unit": UNKNOWN, "unit_name": UNKNOWN, "value": 0.1}]
    assert standing("on_time", *last, *names) == ["Xã Ăn", "Xã An", "Xã Ý", "Xã A", "chưa rõ"]
    counts = [name | {"signal": None} for name in names]
    assert standing("received", *counts) == ["Xã An", "Xã Ăn", "Xã Ý"] == standing("received", *counts[::-1])
    assert standing("overdue_open", *counts) == ["Xã An", "Xã Ý", "Xã Ăn"]
    assert list(charts.between_units(SHARES, WHOLE, metric("on_time")).figure.data[0].x) == [0.9, 0.5]


def test_the_whole_s_label_stands_at_its_line_on_a_log_axis_too():
    many = rows(*({"value": 60.0 + index, "denominator": 10} for index in range(charts.NAMED + 1)))
    whole = rows({"unit": "all", "value": 100.0})
    layout = charts.between_units(many, whole, metric("first_response_median")).figure.layout
    assert layout.shapes[0].y0 == 100.0
    assert layout.annotations[0].y == pytest.approx(2.0)


def test_counts_are_bars_from_zero_without_a_line_of_the_whole():
    counts = rows({"value": 3.0, "numerator": 3}, {"value": 40.0, "numerator": 40})
    figure = charts.between_units(counts, WHOLE, metric("received")).figure
    assert [trace.type for trace in figure.data] == ["bar"]
    assert not figure.layout.shapes
    assert figure.layout.xaxis.range[0] == 0


def test_many_units_stand_side_by_side_and_are_named_on_hover_only():
    many = rows(*({"value": index / 100, "lower": 0.0, "upper": 1.0, "denominator": 10} for index in range(charts.NAMED + 1)))
    figure = charts.between_units(many, WHOLE, metric("on_time")).figure
    assert figure.layout.xaxis.showticklabels is False
    assert "<b>Ward 40</b>" in figure.data[0].hovertext[0]


def test_an_unfinished_span_is_hollow():
    spans = rows({"value": 0.5, "denominator": 20}, {"value": 0.6, "denominator": 20, "state": "provisional"})
    figure = charts.over_time(spans, metric("on_time"), ["10/2026", "11/2026"]).figure
    assert list(figure.data[0].marker.symbol) == ["circle", "circle-open"]


def test_signals_have_a_shape_beside_their_colour():
    judged = rows({"value": 0.9, "signal": "better"}, {"value": 0.5, "signal": "none"}, {"value": 0.1, "signal": "worse"})
    marker = charts.between_units(judged, WHOLE.clear(), metric("on_time")).figure.data[0].marker
    assert list(marker.color) == [picture.BETTER, picture.MARK, picture.WORSE]
    assert list(marker.symbol) == ["triangle-up", "circle", "triangle-down"]


def test_the_map_hatches_what_has_no_value_and_tints_the_rest_by_value():
    squares = tile_map.tile_map(SHARES, {"0": (21.0, 105.8), "1": (21.1, 105.9)}, metric("on_time")).figure.data[0]
    assert list(squares.marker.pattern.shape) == ["", "", "/"]
    assert squares.marker.color[0] == "rgb({}, {}, {})".format(*tile_map.PALE)
    assert squares.marker.color[1] == "rgb({}, {}, {})".format(*tile_map.DEEP)
    assert len(set(zip(squares.x, squares.base, strict=True))) == 3


def test_names_in_the_squares_lose_their_kind_of_ward_and_are_broken_into_lines():
    named = rows({"value": 1.0, "unit_name": "Phường Văn Miếu - Quốc Tử Giám"}, {"value": 1.0, "unit_name": "<b>x</b>"})
    text = tile_map.tile_map(named, {}, metric("on_time")).figure.data[-1].text
    assert text[0] == "Văn Miếu<br>Quốc Tử<br>Giám"
    assert text[1] == "&lt;b&gt;x&lt;/b&gt;"


def test_a_name_beside_a_sign_takes_two_lines_so_that_no_square_is_blank():
    named = rows({"value": 1.0, "unit_name": "Phường Văn Miếu - Quốc Tử Giám", "signal": "none"})
    _squares, signs, names = tile_map.tile_map(named, {}, metric("on_time")).figure.data
    assert (list(signs.marker.symbol), list(names.text)) == (["circle"], ["Văn Miếu<br>Quốc Tử…"])
    assert signs.y[0] > names.y[0]


def test_a_sign_without_a_name_stands_in_the_middle_of_its_square(monkeypatch):
    monkeypatch.setattr(tile_map, "LABELLED", 0)
    squares, signs = tile_map.tile_map(rows({"value": 1.0, "signal": "none"}), {}, metric("on_time")).figure.data
    assert signs.y[0] == squares.base[0] + squares.y[0] / 2


@pytest.mark.parametrize("name", ["on_time", "received", "first_response_median", "compliments_per_1000"])
def test_no_rows_and_rows_without_values_draw_an_empty_chart(name):
    for empty in (SHARES.clear(), SHARES.tail(1)):
        charts.between_units(empty, WHOLE.clear(), metric(name))
        charts.over_time(empty, metric(name), ["22/11"] * empty.height)
        tile_map.tile_map(empty, {}, metric(name))
        tables.by_unit(empty, WHOLE.clear(), metric(name), "Ward")


def test_one_long_text_among_short_ones_is_given_room():
    assert tables._room(pd.Series(["81,9 %", "—", "trên 29,5 ngày", "299"])) == tables.LETTER * 10 + tables.THIN * 4 + 18
    assert tables._room(pd.Series(["81,9 %", "93,7 %"])) is None


def test_a_table_shows_words_and_keeps_numbers():
    table = tables.by_unit(SHARES, WHOLE, metric("on_time"), "Ward")
    assert table.data["Trả lời đúng hạn"].to_list()[:2] == [0.5, 0.9]
    html = table.to_html()
    assert "90,0\u00a0%" in html
    assert "0.9" not in html
    assert "—" in html


@given(
    st.sampled_from(["share", "count", "rate", "time"]), st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 6), st.booleans()
)
def test_an_axis_holds_every_value_and_has_two_to_eight_ticks(kind, shares, power, zero):
    values = shares if kind == "share" else [share * 10**power for share in shares]
    made = axis(kind, values, zero=zero and kind != "time")
    low, high = made["range"]
    drawn = [max(value, 15.0) for value in values] if kind == "time" else values
    ends = (10**low, 10**high) if kind == "time" else (low, high)
    assert all(ends[0] * (1 - 1e-9) - 1e-9 <= value <= ends[1] * (1 + 1e-9) + 1e-9 for value in drawn)
    assert 2 <= len(made["tickvals"]) <= 8
    assert len(set(made["ticktext"])) == len(made["ticktext"])


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_an_axis_of_counts_has_one_to_eight_ticks(one, other):
    made = counts(min(one, other), max(one, other))
    low, high = (10**end for end in made["range"])
    assert low < min(one, other) <= max(one, other) < high
    assert all(low <= tick <= high for tick in made["tickvals"])
    assert 1 <= len(made["tickvals"]) <= 8


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8), st.floats(0, 1e6))
def test_every_dot_of_a_column_lies_within_its_cell(values, other):
    for kind in ("share", "time"):
        scale = whiskers.Scale(kind, list(values))
        assert 0 <= scale.place(other) <= whiskers.WIDTH
        assert all(0 <= scale.place(value) <= whiskers.WIDTH for value in values)


def test_no_chart_offers_to_send_data_away():
    assert picture.CONFIG["showSendToCloud"] is False
    assert picture.CONFIG["displayModeBar"] is False
