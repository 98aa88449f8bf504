"""From the file to the pages, with the loader itself: a load that is held, and a refused row that is mended and sent again."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.gate.gate import Gate
from etl.language import use_language
from tests.etl.house import House, case


@pytest.fixture
def house(tmp_path: Path, gate: Gate) -> House:
    made = House(tmp_path / "house", gate)
    made.source("log")
    return made


@pytest.fixture
def page(open_page: Callable[..., Any], tmp_path: Path, house: House) -> Callable[..., Any]:
    """Opens a page in Vietnamese on what the house holds by now."""

    def run(file: str, role: str) -> Any:
        use_language("vi")
        shutil.copytree(house.settings.home, tmp_path, dirs_exist_ok=True)
        return open_page(file, role=role)

    return run


def test_the_pages_say_of_when_the_data_are_and_why_todays_load_is_held(page: Callable[..., Any], house: House) -> None:
    for i in range(3):
        first = house.load(f"log-{i}.csv", [case(10 * i + j) for j in range(10)])
    held = house.load("log-4.csv", [case(100 + j, asked_at="2026-01-06 09:00") for j in range(51)])
    assert (held["gate"]["passed"], held["checksum"]) == (False, first["checksum"])
    for role, file in (("commander", "service/wards.py"), ("data_staff", "data/refresh.py")):
        (said,) = [part.value.replace("\\", "") for part in page(file, role).warning]
        assert said.startswith("Dữ liệu đến 05/01/2026 09:00; lượt nạp mới nhất đang bị cổng chất lượng chặn lại: ")
        assert said.endswith("Số dòng: log: 51 (giới hạn 2–50).")
    house.load("log-5.csv", [case(200 + j, asked_at="2026-01-06 10:00") for j in range(10)])
    (said,) = [part.value for part in page("data/refresh.py", "data_staff").warning]
    assert said.startswith("Dữ liệu đến 06/01/2026 10:00; lượt nạp 4 vẫn đang bị cổng chất lượng chặn lại")


def test_a_refused_row_stands_as_mended_with_the_load_that_brought_it(page: Callable[..., Any], house: House) -> None:
    house.load("log.csv", [*(case(i) for i in range(9)), case("bad", asked_at="soon")])
    assert [tile.value for tile in page("data/quarantine.py", "data_staff").metric] == ["1", "1", "0"]
    house.load("log (2).csv", [case("bad")])
    shown = page("data/quarantine.py", "data_staff")
    assert [tile.value for tile in shown.metric] == ["0", "0", "1"]
    (mended,) = shown.dataframe
    assert mended.value["Ghi chú"].iloc[0].startswith("đã sửa ở lượt nạp 2, ")
