"""A ward's peers are the wards of its third by number of cases."""

import polars as pl

from etl.tables import UNKNOWN
from metrics.peers import peers


def received(**cases: int) -> pl.DataFrame:
    return pl.DataFrame({"metric": "received", "unit": list(cases), "value": [float(number) for number in cases.values()]})


def test_each_third_holds_as_many_wards() -> None:
    rows = received(A=5, B=1, C=9, D=9, E=2, F=7)
    assert [peers(rows, ward) for ward in "BAD"] == [["B", "E"], ["A", "F"], ["C", "D"]]


def test_nobody_knows_is_no_peer_and_a_ward_without_rows_is_its_own() -> None:
    rows = received(A=5, B=1, C=9).vstack(pl.DataFrame({"metric": "received", "unit": [UNKNOWN], "value": [0.0]}))
    assert peers(rows, "B") == ["B"]
    assert peers(rows, "Z") == ["Z"]
    assert peers(rows.clear(), "A") == ["A"]
