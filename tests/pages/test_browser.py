"""One walk in a real browser: a fresh server, a denied deep link, a file dropped in, the refresh, the figure on the overview."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.conftest import MakeVersion

SHEET = "Mã,Thời gian hỏi,Trả lời lúc,Phường, xã,Kênh\n".replace("Phường, xã", '"Phường, xã"')
ROWS = "".join(f"H{i:02},05/10/2026 08:{i:02},05/10/2026 09:{i:02},Phường Hoàn Kiếm,Nhóm Facebook\n" for i in range(12))
BROKEN = "H99,32/13/2026 25:00,,Phường Hoàn Kiếm,Nhóm Facebook\n"
LOADING = 120_000


def watched(browser: Browser, site: str) -> tuple[Page, list[str]]:
    """A page, and all that it asks for elsewhere or that its policy forbids."""
    page, faults = browser.new_page(viewport={"width": 1366, "height": 768}, locale="en-US"), []
    page.on("request", lambda request: None if request.url.startswith((site, "data:", "blob:", "ws:")) else faults.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page, faults


def test_from_an_empty_house_to_a_figure(site: str, browser: Browser, tmp_path: Path) -> None:
    page, faults = watched(browser, site)

    # The very first page that the fresh server is asked for: a link past the menu, without the role.
    page.goto(f"{site}/refresh")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trang này không mở cho vai của bạn.", timeout=30_000)
    expect(page.get_by_test_id("stFileUploader")).to_have_count(0)
    expect(page.get_by_test_id("stTopNavSection").get_by_text("Phục vụ")).to_be_visible()
    expect(page.get_by_test_id("stTopNavSection").get_by_text("Dữ liệu")).to_have_count(0)

    page.goto(f"{site}/refresh?role=data_staff")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sáng nay có gì mới?", timeout=30_000)
    expect(page.get_by_text("Hộp thư đang trống.")).to_be_visible()
    expect(page.get_by_role("button", name="Chọn tệp")).to_be_visible()
    sheet = {"name": "luot-hoi_2026-10.csv", "mimeType": "text/csv", "buffer": (SHEET + ROWS + BROKEN).encode()}
    page.locator("input[type=file]").set_input_files(sheet)  # type: ignore[arg-type]
    expect(page.get_by_text("luot-hoi_2026-10.csv đã nằm trong hộp thư.")).to_be_visible(timeout=15_000)
    assert (tmp_path / "inbox" / "luot-hoi_2026-10.csv").read_bytes() == sheet["buffer"]

    page.get_by_role("button", name="Cập nhật dữ liệu").click()
    expect(page.get_by_text("Đã xong: phiên bản mới đã được công bố.")).to_be_visible(timeout=LOADING)
    expect(page.get_by_text("Đã đọc 13 dòng = 12 mới + 1 bị giữ lại.")).to_be_visible()
    expect(page.get_by_text("Dữ liệu đến 05/10/2026")).to_be_visible()

    # The download works here and nowhere else.
    link = page.get_by_role("link", name="CSV").first.get_attribute("href")
    assert link is not None
    own = page.evaluate("async (link) => { const answer = await fetch(link); return [answer.status, await answer.text()] }", link)
    assert own[0] == 200
    assert "luot-hoi_2026-10.csv,ward-sheet-interactions,13,12,0,0,0,1,0," in own[1]
    stranger = browser.new_context().new_page()
    stranger.goto(f"{site}/healthz")
    assert stranger.evaluate("async (link) => (await fetch(link)).status", link) == 404

    # The figure on the overview, by the menu; the filters of the address hold.
    page.get_by_test_id("stTopNavSection").get_by_text("Phục vụ").click()
    page.get_by_test_id("stTopNavDropdownLink").get_by_text("Tổng quan").click()
    expect(page.get_by_test_id("stMetric").first).to_contain_text("12", timeout=30_000)

    # In English, by the switch: the address keeps it, the document says so.
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_test_id("stTopNavSection").get_by_text("Service")).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile("role=data_staff.*lang=en|lang=en.*role=data_staff"), timeout=30_000)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert faults == []


def test_names_are_found_in_a_list_with_and_without_accents(site: str, browser: Browser, make_version: MakeVersion) -> None:
    people = [("o1", "Đỗ Ngọc Ánh"), ("o2", "Nguyễn Văn Đạt"), ("o3", "Trần Đức Duy")]
    make_version(
        interactions=[{"officer_id": officer, "ward_code": ward} for (officer, _name), ward in zip(people, "BBD", strict=True)],
        wards=[{"ward_code": "B", "name": "Phường Ba Đình"}, {"ward_code": "D", "name": "Phường Đống Đa"}],
        officers=[{"officer_id": officer, "name": name} for officer, name in people],
    )
    page, faults = watched(browser, site)
    found = page.get_by_role("option")
    searches = {"ward": {"ba dinh": "Phường Ba Đình", "Ba Đình": "Phường Ba Đình", "dong da": "Phường Đống Đa"}}
    searches["officer"] = {"nguyen van": "Nguyễn Văn Đạt", "ĐỖ": "Đỗ Ngọc Ánh", "do ngoc anh": "Đỗ Ngọc Ánh"}
    for address, texts in searches.items():
        page.goto(f"{site}/{address}")
        for text, name in texts.items():
            typed = page.get_by_test_id("stSidebarUserContent").get_by_role("combobox").first
            typed.fill(text, timeout=30_000)
            expect(found).to_have_count(1)
            expect(found).to_contain_text(name)
            typed.press("Escape")
    typed.fill("tran duc")
    typed.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Trần Đức Duy", timeout=30_000)
    assert faults == []


def test_no_figure_of_an_officer_sorts_the_list(site: str, browser: Browser, make_version: MakeVersion) -> None:
    make_version(interactions=[{"officer_id": officer, "ward_code": "A"} for officer in ("o1", "o2")])
    page, faults = watched(browser, site)

    def menu(address: str, key: str) -> list[str]:
        """What the menu of a table's first column offers; it opens at the right end of the head, as wide as that may be."""
        page.goto(f"{site}/{address}")
        table = page.locator(f".st-key-{key}").get_by_test_id("stDataFrame")
        table.scroll_into_view_if_needed(timeout=30_000)
        expect(table.locator("canvas").first).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1000)  # the canvas has no sign of being drawn
        box = table.bounding_box()
        assert box is not None
        offered = page.get_by_test_id("stDataFrameColumnMenu").get_by_role("menuitem")
        for right in range(120, 600, 10):
            page.mouse.move(box["x"] + right - 20, box["y"] + 17)
            page.mouse.click(box["x"] + right, box["y"] + 17)
            page.wait_for_timeout(50)
            if offered.count():
                break
        page.wait_for_timeout(300)
        return [item.inner_text().splitlines()[-1] for item in offered.all() if item.is_visible()]

    assert {"Xếp tăng dần", "Xếp giảm dần"} <= set(menu("wards?metric=received&period=all", "ward-table"))
    officers = menu("officers?period=all", "fixed-officers-table")
    assert officers
    assert not [item for item in officers if "Xếp" in item or "Sort" in item]
    assert faults == []
