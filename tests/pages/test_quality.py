"""The page of quality: what is missing and where, how old sources and channels are, codes nobody lists, what the loader states."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etl.publishing.versions import MANIFEST
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "trust/quality.py"
AS_OF = datetime(2026, 6, 30, 5, tzinfo=UTC)
WHOLE = {"ward_code": "A", "channel_id": "c", "topic": "theft", "officer_id": "o"}
ROSTERS = {"officers": [{"officer_id": "o"}], "channels": [{"channel_id": "c", "name": "Nhóm C", "ward_code": "A"}]}


def case(days_ago: float = 3, **more: Any) -> dict[str, Any]:
    at = AS_OF - timedelta(days=days_ago)
    return WHOLE | {"asked_at": at, "answered_at": at + timedelta(hours=1), "resolved_at": at + timedelta(hours=2)} | more


SOME = [*(case() for _ in range(6)), case(officer_id="unknown"), case(ward_code="unknown"), case(has_time=False), case(ward_code="B")]


def tile(page: Any, label: str) -> Any:
    return next(metric for metric in page.metric if metric.label == label)


def table(page: Any, heading: str) -> Any:
    """The first table with a column of that heading."""
    return next(frame.value for frame in page.dataframe if heading in frame.value.columns)


def test_the_tiles_show_the_figures_of_the_command_line(make_version, open_page):
    version = make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    page = open_page(PAGE)
    known = dict(figures(version, Query(metrics=("unattributed", "without_time")), COMMAND_LINE).select("metric", "value").iter_rows())
    assert known == {"unattributed": 0.1, "without_time": 0.1}
    assert tile(page, "Đã trả lời, chưa rõ cán bộ").value == wording.percent(0.1)
    assert tile(page, "Không rõ giờ").value == wording.percent(0.1)
    assert tile(page, "Lượt hỏi chưa rõ phường, xã").value == wording.percent(0.1)


def test_the_sentence_says_what_is_missing_and_whether_sources_are_fresh(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    assert open_page(PAGE, lang="en").markdown[0].value == (
        "**The last 30 days: 10.0% of the answers name no officer; 10.0% of the questions no ward; 10.0% only a date; "
        "every source has brought something in the last 7 days.**"
    )


def test_the_picture_and_its_table_are_the_same_rows(make_version, open_page, charts):
    make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    page = open_page(PAGE, lang="en")
    drawn, lines = charts(page)[0]["data"][0], table(page, "Check")
    assert drawn["x"][:7] == lines["Share"].tolist()[:7]
    assert lines.iloc[0].tolist()[1:5] == [1, 10, 0.1, "1.8–40.4%"]
    assert lines["95% interval"].tolist()[-1] == "—"
    (advice,) = (text.value for text in page.markdown if text.value.startswith("- "))
    found = lines["Check"][lines["Number"] > 0].tolist()
    assert [line.split("**")[1] for line in advice.splitlines()] == found
    assert advice.startswith("- **Answered, officer unknown**: Map the officer's column, or load the duty roster.\n")


def test_a_check_is_seen_ward_by_ward(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    page = open_page(PAGE, check="date_only", lang="en")
    assert page.selectbox(key="check").value == "date_only"
    wards = page.dataframe[1].value
    assert wards.iloc[:, :3].to_numpy().tolist() == [["A", 1, 8], ["B", 0, 1], ["unknown", 0, 1]]


def test_a_source_that_brings_nothing_new_is_told(make_version, open_page):
    make_version(interactions=[*SOME, *(case(20 + back / 4, source="page") for back in range(8))], as_of=AS_OF, **ROSTERS)
    page = open_page(PAGE, lang="en")
    assert table(page, "Days since").iloc[0].tolist()[:5] == ["page", "Questions", "10 Jun 2026", 20, 8]
    assert "sources without anything new for 7 days or more: 1" in page.markdown[0].value
    assert tile(page, "Oldest source").value == "20 days"


def test_a_channel_not_heard_of_for_a_week_is_listed_and_others_are_not(make_version, open_page):
    make_version(interactions=[case(9), case(1, channel_id="d")], as_of=AS_OF, **ROSTERS)
    assert table(open_page(PAGE, lang="en"), "Days since last heard of").iloc[:, :2].to_numpy().tolist() == [["Nhóm C", 9]]


def test_codes_that_no_list_has(make_version, open_page):
    rows = [case(officer_id="=1+1", topic="moon landing"), case(officer_id="o", topic="theft")]
    make_version(interactions=rows, feedback=[{"received_at": AS_OF, "category": "speed"}], as_of=AS_OF, **ROSTERS)
    codes = table(open_page(PAGE, lang="en"), "Code")
    assert codes.to_numpy().tolist() == [["Officer", "=1+1", 1], ["Topic", "moon landing", 1]]


def test_no_officers_name_is_on_the_page(make_version, open_page):
    make_version(interactions=SOME, officers=[{"officer_id": "o", "name": "Nguyễn Văn An"}], channels=ROSTERS["channels"], as_of=AS_OF)
    page = open_page(PAGE)
    assert "Nguyễn Văn An" not in str([frame.value for frame in page.dataframe]) + str([part.value for part in page.markdown])


def test_what_the_loader_states_is_told_in_words(make_version, open_page):
    version = make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    manifest = json.loads((version.folder / MANIFEST).read_text())
    (version.folder / MANIFEST).write_text(json.dumps(manifest | {"stated": {"threads_without_resident": 3, "of_tomorrow": 1}}))
    lines = open_page(PAGE, lang="en").dataframe[-1].value
    assert lines.to_numpy().tolist() == [["Threads in which no resident wrote: they are no request", 3], ["of_tomorrow", 1]]


def test_nothing_stated_has_no_heading(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    assert not any("trình nạp" in heading.value for heading in open_page(PAGE).subheader)


def test_one_row_and_a_hostile_source_stay_text(make_version, open_page):
    name = "[x](https://x.example)"
    make_version(interactions=[case(source=name)], as_of=AS_OF)
    page = open_page(PAGE)
    assert table(page, "Số ngày đến nay").iloc[0, 0] == name
    assert not any("[x](" in str(part.value) for part in [*page.markdown, *page.caption])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_has_no_share_and_no_fault(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert page.metric[0].value == "—"
    assert "chưa nguồn nào" in page.markdown[0].value or "no source" in page.markdown[0].value


def test_before_the_first_version(open_page):
    assert len(open_page(PAGE).info) == 1


@pytest.mark.parametrize(("refused", "said"), [(0, 0), (3, 1)])
def test_refused_rows_are_said_beside_the_figures(make_version, open_page, loader, refused, said):
    make_version(interactions=SOME, as_of=AS_OF, **ROSTERS)
    fates = {"loaded": 10, "updated": 0, "unchanged": 0, "duplicate": 0, "quarantined": refused, "not_selected": 0}
    loads = [{"load_id": number, "state": state, "fates": fates} for number, state in enumerate(("published", "undone"))]
    loader({"loads": (0, {"loads": loads}, [])})
    captions = [caption.value for caption in open_page(PAGE, lang="en").caption]
    assert sum("Of 13 rows read, 3 were refused" in caption for caption in captions) == said
