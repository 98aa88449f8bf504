"""What is planted in the made-up city for people to find: rumours, bursts of praise and of blame, people and places that stand out."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from etl.demo.city import City, ordinary_wards
from etl.demo.life import DAY, END, HOUR, TOPICS, wall_seconds
from etl.demo.lots import Floats, Ints

RUMOUR = [topic.name for topic in TOPICS].index("rumour")
_SPREAD = np.array([0.45, 0.3, 0.17, 0.08])
"""How a rumour's questions fall on its first days."""
_SET_RIGHT = 0.8
"""Share of the channels that set a rumour right."""


@dataclass(frozen=True)
class Rumour:
    """A tale that many ask about for a few days."""

    day: date
    share: float
    """Of all questions about rumours."""
    question: str
    correction: str
    one_ward: bool = False

    @property
    def corrected(self) -> date:
        """The day on which the police set it right."""
        return self.day + timedelta(1)


RUMOURS = (
    Rumour(
        date(2025, 3, 12),
        0.03,
        "Nghe nói có người lạ bắt trẻ em ở cổng trường, có thật không ạ?",
        "Tin có người bắt trẻ em ở cổng trường là bịa đặt.",
    ),
    Rumour(
        date(2025, 9, 30),
        0.05,
        "Thấy đăng là đê sắp vỡ phải sơ tán ngay trong đêm, có đúng không ạ?",
        "Đê an toàn; không có lệnh sơ tán nào.",
    ),
    Rumour(
        date(2026, 2, 6),
        0.04,
        "Bảo là qua Tết căn cước cũ hết dùng được, thật không các anh?",
        "Căn cước còn hạn vẫn dùng bình thường.",
    ),
    Rumour(
        date(2026, 8, 19),
        0.01,
        "Cả xóm bảo nước máy có độc từ sáng, có thật không ạ?",
        "Nước máy đã được kiểm tra và an toàn.",
        one_ward=True,
    ),
)


@dataclass(frozen=True)
class Burst:
    """Much said of one officer on one day, by few accounts."""

    kind: Literal["compliments", "complaints"]
    day: date
    rows: int
    voices: int
    name: str
    """What the accounts call themselves, with a number behind it."""


BURSTS = (Burst("compliments", date(2026, 5, 14), 42, 5, "Sao Băng"), Burst("complaints", date(2026, 7, 22), 33, 4, "Sao Chổi"))


def rumoured(city: City, topics: Ints, asked: Ints, wards: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Gather some of the questions about rumours around the planted ones.

    Args:
        topics, asked, wards: of each request: its topic, when it was asked, the resident's ward.

    Returns:
        Which rumour each request is about (-1 for none of these), when it was asked, and the resident's ward.
    """
    about = np.full(len(topics), -1)
    asked, wards = asked.copy(), wards.copy()
    candidates = rng.permutation(np.flatnonzero(topics == RUMOUR))
    taken = 0
    for number, rumour in enumerate(RUMOURS):
        chosen = candidates[taken : taken + max(3, round(rumour.share * len(candidates)))]
        taken += len(chosen)
        after = rng.choice(len(_SPREAD), len(chosen), p=_SPREAD)
        about[chosen] = number
        asked[chosen] = np.minimum(wall_seconds(rumour.day) + after * DAY + asked[chosen] % DAY, END - HOUR)
        if rumour.one_ward:
            wards[chosen] = rumour_ward(city)
    return about, asked, wards


def rumour_ward(city: City) -> int:
    """Where the rumour of one ward goes round."""
    return ordinary_wards(city.wards)[2 % len(ordinary_wards(city.wards))]


def corrected_days(city: City) -> dict[date, Floats]:
    """Day → by position of the channel the chance that it sets a rumour right."""
    ward = city.channels["ward"].fill_null(-1).to_numpy()
    return {rumour.corrected: np.where((ward == rumour_ward(city)) | (not rumour.one_ward), _SET_RIGHT, 0.002) for rumour in RUMOURS}


def burst_officer(city: City, burst: Burst) -> tuple[int, int]:
    """Whom a burst is about: the officer's and the ward's position. The officer serves there from the first day to the last."""
    ward = ordinary_wards(city.wards)[BURSTS.index(burst) % len(ordinary_wards(city.wards))]
    stayed = city.stints.filter((pl.col("ward") == ward) & (pl.col("first") == 0) & (pl.col("last") == 23))
    plain = stayed.filter(~city.officers["planted"].gather(stayed["officer"]).is_in(["poor", "excellent"]))
    return int(plain["officer"][BURSTS.index(burst) % plain.height]), ward


def burst_rows(city: City, burst: Burst) -> pl.DataFrame:
    """A burst's judgements, as make_judgements has them before it makes them up."""
    officer, ward = burst_officer(city, burst)

    rows = pl.DataFrame(
        {
            "resident": [f"{burst.name} {row % burst.voices + 1}" for row in range(burst.rows)],
            "received_at": wall_seconds(burst.day, 19 * HOUR) + np.arange(burst.rows) * 97,
        }
    )
    return rows.with_columns(
        officer_id=pl.lit(city.officers["officer_id"][officer]),
        attribution=pl.lit("named"),
        ward=pl.lit(city.wards["name"][ward] + ", Hà Nội"),
        true_ward=pl.lit(ward, pl.Int32),
        platform=pl.lit("facebook_group"),
        late=pl.lit(burst.kind == "complaints"),
        planted=pl.lit(True),
    )
