"""A load that the gate holds, from the file to the pages: nothing moves, and each page says since when and why."""

import shutil
from pathlib import Path

from etl.gate import Gate
from etl.language import use_language
from tests.etl.house import House, case


def test_the_pages_say_of_when_the_data_are_and_why_todays_load_is_held(open_page, tmp_path: Path) -> None:
    with Gate() as gate:
        house = House(tmp_path / "house", gate)
        house.source("log")
        for i in range(3):
            first = house.load(f"log-{i}.csv", [case(10 * i + j) for j in range(10)])
        held = house.load("log-4.csv", [case(100 + j, asked_at="2026-01-06 09:00") for j in range(51)])
    assert (held["gate"]["passed"], held["checksum"]) == (False, first["checksum"])
    use_language("vi")
    shutil.copytree(house.settings.home, tmp_path, dirs_exist_ok=True)
    for role, file in (("commander", "service/wards.py"), ("data_staff", "data/refresh.py")):
        (said,) = [part.value.replace("\\", "") for part in open_page(file, role=role).warning]
        assert said.startswith("Dữ liệu đến 05/01/2026 09:00; lượt nạp mới nhất đang bị cổng chất lượng giữ lại: ")
        assert said.endswith("Số dòng như thường lệ: log: 51 (giới hạn 2–50).")
