"""The page of compliments and complaints: counts of the command line, categories in order, decisions, what is under review."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "service/feedback.py"
AS_OF = datetime(2026, 3, 1, 3, tzinfo=UTC)


def judged(kind: str, category: str = "speed", days_ago: float = 3, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "category": category, "received_at": AS_OF - timedelta(days=days_ago), "ward_code": "A"} | more


def complaint(days: float | None, **more: Any) -> dict[str, Any]:
    """A complaint of 20 days ago, upheld after so many days (None: not decided)."""
    decided = {} if days is None else {"outcome": "upheld", "decided_at": AS_OF - timedelta(days=20 - days)}
    return judged("complaint", "attitude", 20) | decided | more


SOME = [
    *(judged("compliment", category) for category in ("clarity", "clarity", "clarity", "speed")),
    *(complaint(day) for day in range(1, 9)),
    *(complaint(None) for _ in range(4)),
    complaint(None, formal=True),
]


def tile(page: Any, label: str) -> Any:
    return next(metric for metric in page.metric if metric.label == label)


def test_the_tiles_show_the_figures_of_the_command_line(make_version, open_page):
    version = make_version(feedback=SOME, as_of=AS_OF)
    page = open_page(PAGE)
    query = Query(metrics=("compliments", "complaints", "formal", "praise_share"))
    known = dict(figures(version, query, COMMAND_LINE).select("metric", "value").iter_rows())
    assert known == {"compliments": 4, "complaints": 12, "formal": 1, "praise_share": 0.25}
    assert tile(page, "Lời khen").value == "4"
    assert tile(page, "Lời phê bình, góp ý").value == "12"
    assert tile(page, "Khiếu nại, tố cáo").value == "1"
    assert tile(page, "Tỷ lệ khen trong khen và phê bình").value == wording.percent(known["praise_share"])
    assert tile(page, "Chưa có kết luận").value == "4"


def test_the_sentence_says_what_is_praised_what_is_blamed_and_how_long_a_decision_takes(make_version, open_page):
    make_version(feedback=SOME, as_of=AS_OF)
    assert open_page(PAGE, lang="en").markdown[0].value == (
        "**The last 30 days: 4 compliments and 12 complaints; praised most: Clarity (75%); blamed most: Attitude (100%); "
        "half of the complaints are decided within 6.5 days (n = 12).**"
    )


def test_categories_stand_in_order_with_their_shares_added_up(make_version, open_page, charts):
    make_version(feedback=SOME, as_of=AS_OF)
    page = open_page(PAGE, lang="en")
    praised = page.dataframe[0].value
    assert praised.iloc[:, 0].tolist() == ["Clarity", "Speed"]
    assert praised["Number"].tolist() == [3, 1]
    assert praised["Added up"].tolist() == [0.75, 1]
    first = charts(page)[0]
    assert first["data"][0]["text"] == ["3 · 75%", "1 · 100%"]
    assert first["layout"]["xaxis"]["range"][0] == 0
    assert first["layout"]["margin"]["r"] >= 6 * len("3 · 100%")  # a label at the longest bar's end is not cut, also on a phone


def test_both_courses_have_one_scale(make_version, open_page, charts):
    make_version(feedback=SOME, as_of=AS_OF)
    praise, blame = charts(open_page(PAGE))[2:4]
    assert praise["layout"]["yaxis"]["range"] == blame["layout"]["yaxis"]["range"]
    assert (sum(praise["data"][0]["y"]), sum(blame["data"][0]["y"])) == (4, 12)


def test_a_formal_complaint_is_in_no_category_and_no_outcome(make_version, open_page):
    make_version(feedback=[judged("compliment"), complaint(3, formal=True)], as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Khiếu nại, tố cáo").value == "1"
    assert [frame.value.iloc[:, 0].tolist() for frame in page.dataframe if "Số lượng" in frame.value.columns] == [["Nhanh, chậm"]]
    assert any("chuyển theo trình tự luật định" in caption.value for caption in page.caption)


def test_a_wave_is_shown_as_under_review(make_version, open_page):
    wave = [judged("compliment", held=True, counts=index < 2) for index in range(6)]
    make_version(feedback=[*wave, *(judged("complaint") for _ in range(12))], as_of=AS_OF)
    page = open_page(PAGE)
    held = page.dataframe[-1].value.iloc[0].tolist()
    assert held == ["26/02/2026", "A", "Lời khen", 6, 2]
    assert page.dataframe[0].value["Đang xem xét"].tolist() == [6]
    assert any(caption.value.endswith("đang xem xét") for caption in page.caption)


def test_without_a_wave_nothing_is_under_review(make_version, open_page):
    make_version(feedback=SOME, as_of=AS_OF)
    assert not any("xem xét" in heading.value for heading in open_page(PAGE).subheader)


def test_too_few_complaints_have_no_time(make_version, open_page):
    make_version(feedback=[complaint(1) for _ in range(9)], as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Thời gian đến khi có kết luận, trung vị").value == "—"
    assert any(caption.value == "quá ít để so sánh, n = 9" for caption in page.caption)


def test_a_ward_in_the_address_narrows_all_of_it(make_version, open_page):
    make_version(feedback=[*SOME, judged("compliment", ward_code="B")], as_of=AS_OF)
    page = open_page(PAGE, ward="B")
    assert (tile(page, "Lời khen").value, tile(page, "Lời phê bình, góp ý").value) == ("1", "0")
    assert page.dataframe[0].value["Số lượng"].tolist() == [1]


def test_one_row(make_version, open_page):
    make_version(feedback=[judged("complaint")], as_of=AS_OF)
    assert tile(open_page(PAGE), "Lời phê bình, góp ý").value == "1"


def test_a_hostile_category_stays_text(make_version, open_page, charts):
    name = '<a href="https://x.example">[x](https://x.example)</a>'
    make_version(feedback=[judged("compliment", name)], as_of=AS_OF)
    page = open_page(PAGE)
    assert "<a" not in str([chart["data"] for chart in charts(page)] + [chart["layout"]["yaxis"] for chart in charts(page)])
    assert "[x](" not in page.markdown[0].value
    assert page.dataframe[0].value.iloc[0, 0] == name


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("rows", [[], [{"kind": "compliment", "received_at": AS_OF - timedelta(days=300)}]])
def test_where_nobody_judged_it_says_what_to_do(make_version, open_page, language, rows):
    make_version(feedback=rows, as_of=AS_OF)
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.metric


def test_small_numbers_are_hidden_from_a_secretary_outside_the_own_ward(make_version, open_page, monkeypatch):
    cells = {"clarity": 3, "speed": 20, "attitude": 30}
    rows = [judged("compliment", category, ward_code="B") for category, count in cells.items() for _ in range(count)]
    make_version(interactions=[{"ward_code": "A"}, {"ward_code": "B"}], feedback=[*rows, judged("complaint")], as_of=AS_OF)
    offered = {}
    monkeypatch.setattr("pages.shared.downloads.offer", lambda frame, name, _scope: offered.update({name: frame}))
    page = open_page(PAGE, role="secretary", lang="en")
    assert page.dataframe[0].value.fillna(0)["Number"].tolist() == [30, 0, 0]
    assert tile(page, "Compliments").value == "53"
    assert any(caption.value.startswith("—: fewer than 8") for caption in page.caption)
    assert offered["Compliments and complaints"]["Number"].drop_nulls().to_list() == [30]
    assert open_page(PAGE, role="commander", lang="en").dataframe[0].value["Number"].tolist() == [30, 20, 3]
