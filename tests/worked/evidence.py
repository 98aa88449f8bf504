"""The tables of docs/evidence.md, made from what the tests compute: ``python -m tests.worked.evidence`` writes them there anew."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.worked import of_charts, of_clocks, of_estimates, of_funnels, of_intervals, of_times
from tests.worked.published import HEADER, Published, table

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"
CHAPTERS: dict[str, Callable[[], list[Published]]] = {
    "intervals": of_intervals.rows,
    "times": of_times.rows,
    "funnels": of_funnels.rows,
    "estimates": of_estimates.rows,
    "charts": of_charts.rows,
    "clocks": of_clocks.rows,
}


@cache
def rows(chapter: str) -> list[Published]:
    """What is compared in one chapter."""
    return CHAPTERS[chapter]()


def written(page: str) -> str:
    """The page with its tables as they are computed now."""
    for chapter in CHAPTERS:
        made = table(HEADER, [row.cells() for row in rows(chapter)])
        page = re.sub(rf"(<!-- {chapter} -->\n).*?(\n<!-- end -->)", lambda found, made=made: found[1] + made + found[2], page, flags=re.S)
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
