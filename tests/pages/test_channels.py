"""The page of channels: the command line's figures side by side, silence told with its rule, names that stay text."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE

PAGE = "service/channels.py"
AS_OF = datetime(2026, 6, 30, 5, tzinfo=UTC)
ROSTER = [
    {"channel_id": "a", "name": "Nhóm A", "ward_code": "w1"},
    {"channel_id": "b", "name": "Trang B", "ward_code": "w2", "platform": "facebook_page"},
]


def asked(channel: str, days_ago: float, **more: Any) -> dict[str, Any]:
    """A case answered within the hour."""
    at = AS_OF - timedelta(days=days_ago)
    ward, platform = ("w1", "facebook_group") if channel == "a" else ("w2", "facebook_page")
    return {"channel_id": channel, "platform": platform, "ward_code": ward, "asked_at": at, "answered_at": at + timedelta(hours=1)} | more


def day(channel: str, days_ago: int, **amounts: Any) -> dict[str, Any]:
    return {"channel_id": channel, "day": AS_OF.date() - timedelta(days=days_ago)} | amounts


BUSY = [asked("a", 1 + index / 10) for index in range(12)]
QUIET = [asked("b", 20 + back) for back in range(60)]
DAYS = [day("a", 20, members=100, posts=2), day("a", 1, members=110, posts=3, corrections=1), day("b", 40, members=50, posts=1)]


def lines(page: Any) -> dict[str, dict[str, Any]]:
    table = page.dataframe[-1].value
    return {row[table.columns[0]]: row for row in table.to_dict("records")}


def test_the_table_holds_the_figures_of_the_command_line(make_version, open_page):
    version = make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    shown = lines(open_page(PAGE, lang="en"))
    query = Query(by="channel", metrics=("received", "posts"), from_on=date(2026, 6, 1), to_on=date(2026, 6, 30))
    rows = figures(version, query, COMMAND_LINE).select("unit", "metric", "value").iter_rows()
    known = {(unit, metric): value for unit, metric, value in rows}
    assert (known["a", "received"], known["a", "posts"], known["b", "received"], known["b", "posts"]) == (12, 5, 10, 0)
    for name, unit in (("Nhóm A", "a"), ("Trang B", "b")):
        assert shown[name]["Questions received"] == known[unit, "received"]
        assert shown[name]["Posts"] == known[unit, "posts"]


def test_members_are_the_last_known_also_where_the_period_tells_none(make_version, open_page):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    shown = lines(open_page(PAGE, lang="en"))
    assert (shown["Nhóm A"]["Members, last known"], shown["Trang B"]["Members, last known"]) == (110, 50)


def test_what_rests_on_a_file_that_was_cut_off_says_so(make_version, open_page):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=[*DAYS, day("a", 0, members=9, provisional=True)], as_of=AS_OF)
    page = open_page(PAGE, lang="en")
    assert {name: "provisional" in row["Remark"] for name, row in lines(page).items()} == {"Nhóm A": True, "Trang B": False}
    assert sum("provisional" in caption.value for caption in page.caption) == 3  # of members, posts and corrections


def test_a_silent_channel_stands_first_and_is_named_with_the_rule(make_version, open_page):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    page = open_page(PAGE, lang="en")
    assert next(iter(lines(page))) == "Trang B"
    assert lines(page)["Trang B"]["Remark"] == "silent for 20 days"
    assert lines(page)["Nhóm A"]["Remark"] == ""
    assert [link.proto.label for link in page.get("page_link")] == ["Trang B"]
    assert any("14 days or more" in caption.value and "at least 5" in caption.value for caption in page.caption)
    assert "fallen silent: 1" in page.markdown[0].value


def test_a_channel_that_lost_all_its_members_needs_attention(make_version, open_page):
    days = [*DAYS, day("a", 0, members=0)]
    make_version(interactions=BUSY, channels=ROSTER[:1], channel_days=days[:2] + days[-1:], as_of=AS_OF)
    page = open_page(PAGE)
    assert lines(page)["Nhóm A"]["Ghi chú"] == "số thành viên về 0"
    assert "không kênh nào im lặng" in page.markdown[0].value


def test_the_picture_shows_channels_with_members_and_says_what_it_leaves_out(make_version, open_page, charts):
    roster = [*ROSTER, {"channel_id": "c", "name": "Tổng đài", "platform": "hotline"}]
    make_version(interactions=[*BUSY, *QUIET, asked("c", 2)], channels=roster, channel_days=DAYS, as_of=AS_OF)
    page = open_page(PAGE, period="all", lang="en")
    grey, marked = charts(page)[0]["data"]
    assert (grey["x"], grey["y"]) == ([110], [12])
    assert (marked["x"], marked["y"]) == ([50], [60])
    said = "✕: silent, or without members now; named beside. 1 channels without known members are not drawn."
    assert any(caption.value == said for caption in page.caption)


def test_a_silent_channel_stands_at_its_last_known_members(make_version, open_page, charts):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    assert charts(open_page(PAGE))[0]["data"][1]["x"] == [50]


def test_shares_stand_with_their_interval_and_n(make_version, open_page, charts):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    grey = charts(open_page(PAGE, figure="answered", lang="en"))[0]["data"][0]
    assert "75.8–100.0%" in grey["hovertext"][0]
    assert "n = 12" in grey["hovertext"][0]
    assert grey["error_y"]["arrayminus"][0] == pytest.approx(0.2425, abs=1e-3)


def test_a_platform_in_the_address_narrows_all_of_it(make_version, open_page):
    make_version(interactions=[*BUSY, *QUIET], channels=ROSTER, channel_days=DAYS, as_of=AS_OF)
    page = open_page(PAGE, platform="facebook_group")
    assert list(lines(page)) == ["Nhóm A"]
    assert page.metric[0].value == "1"


def test_one_row(make_version, open_page):
    make_version(interactions=[asked("a", 1)], as_of=AS_OF)
    assert list(lines(open_page(PAGE))) == ["a"]


def test_a_hostile_name_stays_text(make_version, open_page, charts):
    name = '<a href="https://x.example">[x](https://x.example)</a>'
    roster = [ROSTER[1] | {"name": name}]
    make_version(interactions=QUIET, channels=roster, channel_days=[day("b", 40, members=50)], as_of=AS_OF)
    page = open_page(PAGE, period="all")
    assert "<a" not in str(charts(page)[0])
    assert list(lines(page)) == [name]
    assert all("[x](" not in link.proto.label for link in page.get("page_link"))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_where_no_channel_is_known_it_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.metric
