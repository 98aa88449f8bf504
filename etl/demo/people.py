"""The made-up officers: names that are nobody's, wards they serve in, and how much each of them does."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from etl.demo.life import FIRST_DAY, MONTHS

PER_WARD = 23.8
"""Officers a ward has on average: three thousand in the whole city."""
ANCHORS = 2
"""Officers of each ward who stay all the time, so that none is ever empty."""
_FEWEST = 5
_MOVES, _COMES, _LEAVES = 0.2, 0.05, 0.05
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý", "Đinh", "Trịnh")
_MIDDLE = ("Văn", "Thị", "Minh", "Đức", "Thu", "Quốc", "Ngọc", "Hữu", "Thanh", "Xuân", "Quang", "Hải", "Bích", "Tiến")
_GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hùng", "Khánh", "Lan", "Long", "Mai", "Nam", "Nga", "Sơn", "Thảo", "Tuấn")


def month_start(month: int) -> date:
    """First day of the month so many after FIRST_DAY's."""
    years, months = divmod(FIRST_DAY.month - 1 + month, 12)
    return date(FIRST_DAY.year + years, months + 1, 1)


def make_officers(wards: pl.DataFrame, planted: Mapping[str, int | None], rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Five to sixty officers a ward, some of whom come, move or leave; who does how much has a long tail.

    Args:
        wards: of City.
        planted: poor and excellent: the ward (position) whose first officer is so, or None.

    Returns:
        Officers and stints, as City has them.
    """
    size = wards["volume"].to_numpy() ** 0.6
    homes = np.repeat(np.arange(wards.height), np.maximum(_FEWEST, np.rint(size / size.sum() * PER_WARD * wards.height)).astype(np.int64))
    count = len(homes)
    words = [rng.integers(0, len(part), count) for part in (_SURNAMES, _MIDDLE, _GIVEN)]
    number_in_ward = np.arange(count) - np.searchsorted(homes, homes)
    pace, silence, activity = rng.normal(0, 0.15, count), np.ones(count), rng.lognormal(0, 0.9, count)
    habit = np.full(count, "none", dtype=object)
    for name, ward in planted.items():
        if ward is not None:
            officer = int(np.searchsorted(homes, ward))
            habit[officer], pace[officer], silence[officer] = name, *{"poor": (1.2, 2.0), "excellent": (-1.4, 0.1)}[name]
            activity[officer] = np.quantile(activity[homes == ward], 0.8)
    stints, active = _stints(homes, number_in_ward >= ANCHORS, rng)
    officers = pl.DataFrame(
        {
            "officer_id": [f"CB{number:04d}" for number in range(1, count + 1)],
            "name": [f"{_SURNAMES[a]} {_MIDDLE[b]} {_GIVEN[c]}" for a, b, c in zip(*words, strict=True)],
            "badge": [f"{number:03d}-{100 + number * 37 % 900}" for number in range(1, count + 1)],
            "active": active,
            "pace": pace,
            "silence": silence,
            "activity": activity,
            "planted": pl.Series(list(habit), dtype=pl.String),
        }
    )
    return officers, stints


def _stints(homes: np.ndarray, may_change: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """Who serves where from which month to which; and who is there at the end."""
    count, wards = len(homes), int(homes.max()) + 1
    chance = rng.random(count)
    moves = may_change & (chance < _MOVES) & (wards > 1)
    leaves, comes = may_change & (chance > 1 - _LEAVES), may_change & (chance > 1 - _LEAVES - _COMES) & (chance <= 1 - _LEAVES)
    change, again = rng.integers(2, MONTHS - 2, count), rng.integers(4, 40, count)
    target = (homes + rng.integers(1, max(2, wards), count)) % wards
    rows = []
    for officer, home in enumerate(homes.tolist()):
        month = int(change[officer])
        if comes[officer]:
            rows.append((officer, home, month, MONTHS - 1))
            continue
        rows.append((officer, home, 0, month - 1 if moves[officer] or leaves[officer] else MONTHS - 1))
        back = month + int(again[officer])
        if moves[officer] and back < MONTHS:
            rows += [(officer, int(target[officer]), month, back - 1), (officer, home, back, MONTHS - 1)]
        elif moves[officer]:
            rows.append((officer, int(target[officer]), month, MONTHS - 1))
    return pl.DataFrame(rows, schema=dict.fromkeys(("officer", "ward", "first", "last"), pl.Int64), orient="row"), ~leaves
