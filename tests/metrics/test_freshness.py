"""When channels were last heard of; silence is a pause that a channel's own pace does not explain."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from etl.gate.silence import silent_channels
from metrics.freshness import channels
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

AS_OF = datetime(2026, 6, 30, 5, tzinfo=UTC)
TODAY = date(2026, 6, 30)
ROSTER = [{"channel_id": "a", "ward_code": "w1"}]


def asked(days_ago: int, channel: str = "a", **more: Any) -> dict[str, Any]:
    return {"asked_at": AS_OF - timedelta(days=days_ago), "channel_id": channel, "ward_code": "w1"} | more


def day(days_ago: int, **amounts: Any) -> dict[str, Any]:
    return {"channel_id": "a", "day": TODAY - timedelta(days=days_ago)} | amounts


def one(version: Any) -> dict[str, Any]:
    """The first channel; the loader's gate finds the same ones silent."""
    rows = channels(version, Query(), COMMAND_LINE)
    tables = {name: pl.read_parquet(version.glob(name)) for name in ("interactions", "channels", "channel_days")}
    assert silent_channels(tables, version.as_of) == rows.filter("silent")["channel"].to_list()
    return rows.row(0, named=True)


@pytest.mark.parametrize(("pause", "every", "silent"), [(13, 1, False), (14, 1, True), (14, 3, False), (20, 3, True)])
def test_silence_is_fourteen_days_in_which_five_were_to_be_expected(
    make_version: MakeVersion, pause: int, every: int, silent: bool
) -> None:
    """Every third day over 90 days is a third a day: 4.7 in 14 days are too few to tell, 6.7 in 20 are not."""
    version = make_version(interactions=[asked(pause + back) for back in range(0, 90, every)], channels=ROSTER, as_of=AS_OF)
    row = one(version)
    assert (row["quiet_days"], row["silent"]) == (pause, silent)
    assert row["pace"] == pytest.approx(1 / every)


def test_a_post_breaks_the_silence(make_version: MakeVersion) -> None:
    cases = [asked(20 + back) for back in range(90)]
    version = make_version(interactions=cases, channel_days=[day(2, posts=1), day(0, posts=0)], channels=ROSTER, as_of=AS_OF)
    row = one(version)
    assert (row["last_asked"], row["last_post"], row["last_day"]) == (TODAY - timedelta(days=20), TODAY - timedelta(days=2), TODAY)
    assert (row["quiet_days"], row["silent"]) == (2, False)


def test_posts_alone_are_a_pace(make_version: MakeVersion) -> None:
    version = make_version(channel_days=[day(30, posts=45), day(0, posts=0)], channels=ROSTER, as_of=AS_OF)
    assert one(version)["silent"]


def test_a_closed_channel_is_not_silent(make_version: MakeVersion) -> None:
    roster = [ROSTER[0] | {"closed_on": TODAY}]
    row = one(make_version(interactions=[asked(40 + back) for back in range(90)], channels=roster, as_of=AS_OF))
    assert (row["closed"], row["silent"]) == (True, False)


def test_a_channel_that_was_never_active_is_not_silent(make_version: MakeVersion) -> None:
    row = one(make_version(channels=ROSTER, as_of=AS_OF))
    assert (row["quiet_days"], row["silent"], row["emptied"], row["last_members"]) == (None, False, False, None)


@pytest.mark.parametrize(("members", "emptied"), [([5, 0], True), ([0, 0], False), ([0, 5], False), ([5, None], False)])
def test_members_that_fall_to_zero(make_version: MakeVersion, members: list[int | None], emptied: bool) -> None:
    version = make_version(
        channel_days=[day(1 - place, members=count) for place, count in enumerate(members)], channels=ROSTER, as_of=AS_OF
    )
    assert one(version)["emptied"] is emptied


def test_a_channel_nobody_declared_is_listed_by_its_code(make_version: MakeVersion) -> None:
    version = make_version(interactions=[asked(1, "x"), asked(1, "unknown"), asked(1, status="withdrawn")], as_of=AS_OF)
    row = one(version)
    assert (row["channel"], row["name"], row["platform"], row["ward"]) == ("x", "x", "unknown", "unknown")


def test_the_period_is_left_aside_and_what_lies_after_as_of_too(make_version: MakeVersion) -> None:
    version = make_version(interactions=[asked(30), asked(-3)], channels=ROSTER, as_of=AS_OF)
    for query in (Query(from_on=date(2026, 6, 29)), Query(to_on=date(2026, 5, 1)), Query(topic=("theft",))):
        assert channels(version, query, COMMAND_LINE)["quiet_days"].to_list() == [30]


def test_scope_and_platform_narrow(make_version: MakeVersion) -> None:
    roster = [*ROSTER, {"channel_id": "b", "ward_code": "w2", "platform": "zalo_oa"}]
    version = make_version(interactions=[asked(1), asked(1, "b", ward_code="w2", platform="zalo_oa")], channels=roster, as_of=AS_OF)
    assert channels(version, Query(), Scope("x", "officer", wards=frozenset({"w2"})))["channel"].to_list() == ["b"]
    assert channels(version, Query(platform=("zalo_oa",)), COMMAND_LINE)["channel"].to_list() == ["b"]


def test_an_empty_version_answers(make_version: MakeVersion) -> None:
    assert channels(make_version(), Query(), COMMAND_LINE).is_empty()
