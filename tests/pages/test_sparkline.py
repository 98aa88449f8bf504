"""A tile's course: every span is on the line, and one outside its limits is marked."""

import re

from pages.shared.picture import ACCENT
from pages.shared.sparkline import sparkline


def test_a_point_outside_its_limits_is_marked_and_the_band_is_drawn_behind() -> None:
    drawn = sparkline([(0.9, 0.8, 0.95), (0.7, 0.8, 0.95), (0.85, 0.8, 0.95)])
    assert drawn.index("<polygon") < drawn.index("<polyline")
    assert len(re.search(r"<polyline points='([^']*)'", drawn)[1].split()) == 3
    assert re.findall(r"<circle cx='([\d.]+)'[^>]*fill='([^']*)'", drawn)[0] == ("130.0", ACCENT)
    assert drawn.count("<circle") == 2


def test_a_count_has_no_band_and_equal_values_lie_in_the_middle() -> None:
    drawn = sparkline([(5.0, None, None), (5.0, None, None)])
    assert "<polygon" not in drawn
    assert "5.0,22.0 255.0,22.0" in drawn
