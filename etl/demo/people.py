"""The made-up officers: names that are nobody's, wards they serve in, and how much each of them does."""

from datetime import date

import numpy as np
import polars as pl

from etl.demo.life import FIRST_DAY, MONTHS

_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý", "Đinh", "Trịnh")
_MIDDLE = ("Văn", "Thị", "Minh", "Đức", "Thu", "Quốc", "Ngọc", "Hữu", "Thanh", "Xuân")
_GIVEN = (
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hùng",
    "Khánh",
    "Lan",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phương",
    "Quân",
    "Sơn",
    "Thảo",
    "Tuấn",
)


def month_start(month: int) -> date:
    """First day of the month so many after FIRST_DAY's."""
    years, months = divmod(FIRST_DAY.month - 1 + month, 12)
    return date(FIRST_DAY.year + years, months + 1, 1)


def make_officers(wards: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Four to twelve officers a ward, some of whom move once; who does how much has a long tail.

    Returns:
        Officers and stints, as City has them.
    """
    homes = np.repeat(np.arange(wards.height), rng.integers(4, 13, wards.height))
    count = len(homes)
    names = [
        f"{_SURNAMES[a]} {_MIDDLE[b]} {_GIVEN[c]}"
        for a, b, c in zip(
            rng.integers(0, len(_SURNAMES), count), rng.integers(0, len(_MIDDLE), count), rng.integers(0, len(_GIVEN), count), strict=True
        )
    ]
    # The first two of a ward stay, so that no ward is ever empty.
    number_in_ward = np.arange(count) - np.searchsorted(homes, homes)
    chance = rng.random(count)
    moves, leaves = (number_in_ward >= 2) & (chance < 0.15 * (wards.height > 1)), (number_in_ward >= 2) & (chance > 0.94)
    change = rng.integers(2, MONTHS - 2, count)
    target = (homes + rng.integers(1, max(2, wards.height), count)) % wards.height
    stints = []
    for officer in range(count):
        last = int(change[officer]) - 1 if moves[officer] or leaves[officer] else MONTHS - 1
        stints.append((officer, int(homes[officer]), 0, last))
        if moves[officer]:
            stints.append((officer, int(target[officer]), last + 1, MONTHS - 1))
    officers = pl.DataFrame(
        {
            "officer_id": [f"CB{number:04d}" for number in range(1, count + 1)],
            "name": names,
            "badge": [f"{number:03d}-{100 + number * 37 % 900}" for number in range(1, count + 1)],
            "active": ~leaves,
            "pace": rng.normal(0, 0.15, count),
            "activity": rng.lognormal(0, 0.9, count),
        }
    )
    return officers, pl.DataFrame(stints, schema=dict.fromkeys(("officer", "ward", "first", "last"), pl.Int64), orient="row")
