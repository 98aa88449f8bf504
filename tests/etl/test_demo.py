"""The demonstration city: the same every time, like life, wrong where it says so, and recovered exactly by the loader."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.demo.cases import make_cases
from etl.demo.channels import channel_days
from etl.demo.city import build_city
from etl.demo.dirt import FEEDBACK_SPOTS, INTERACTION_SPOTS, PAGE_SPOTS, ZALO_SPOTS
from etl.demo.files import DOUBLED, LOOKS, TODAY, doubled, windows_1258
from etl.demo.life import DAY, END, FIRST_DAY, LAST_DAY, REFORM, is_night, is_office, is_tet_second, wall_seconds
from etl.demo.lots import lots
from etl.demo.make import make_city
from etl.demo.size import SEED, WARDS
from etl.demo.stories import corrected_days
from etl.demo.words import nicknames
from etl.errors import UserError
from etl.publishing.versions import current_version
from etl.reading.encodings import undouble
from etl.settings import ROOT
from tests.worked.planted import told

SMALL = {"interactions": 4000, "wards": 5, "seed": 1}
FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city's folder."""
    folder = tmp_path_factory.mktemp("city")
    make_city(folder, **SMALL)
    return folder


@pytest.fixture(scope="module")
def truth(small: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((small / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def cases() -> pl.DataFrame:
    """A larger city's requests, made but not written."""
    rng = np.random.default_rng(3)
    return make_cases(build_city(24, rng), 40_000, rng)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    make_city(tmp_path, **SMALL)
    assert _digests(tmp_path) == _digests(small)


def test_another_seed_gives_another_city(small: Path, tmp_path: Path) -> None:
    make_city(tmp_path, **SMALL | {"seed": 2})
    assert not set(_digests(tmp_path).values()) & set(_digests(small).values())


@pytest.mark.parametrize(("asked", "named"), [({"interactions": 499}, "499"), ({"wards": 0}, "0"), ({"wards": 127}, "127")])
def test_impossible_cities_are_refused_by_name(tmp_path: Path, asked: dict[str, int], named: str) -> None:
    with pytest.raises(UserError, match=named):
        make_city(tmp_path, **SMALL | asked)
    assert list(tmp_path.iterdir()) == []


def test_one_ward_is_a_city_too(tmp_path: Path) -> None:
    assert len(make_city(tmp_path, 500, 1)["wards"]) == 1


@given(st.lists(st.lists(st.floats(0.01, 100), min_size=1, max_size=4), min_size=1, max_size=4), st.integers(0, 99))
def test_a_lot_comes_from_its_own_urn(weights: list[list[float]], seed: int) -> None:
    urns = np.repeat(np.arange(len(weights)), [len(urn) for urn in weights])
    asked = np.arange(len(weights))
    drawn = lots(urns, np.array([weight for urn in weights for weight in urn])).draw(np.random.default_rng(seed), asked)
    assert urns[drawn].tolist() == asked.tolist()


def test_lots_are_drawn_by_their_weight() -> None:
    drawn = lots(np.array([0, 1, 1]), np.array([5.0, 1.0, 3.0])).draw(np.random.default_rng(0), np.ones(40_000, dtype=np.int64))
    assert np.bincount(drawn, minlength=3) / 40_000 == pytest.approx([0, 0.25, 0.75], abs=0.01)


def test_nights_offices_and_the_new_year_are_where_the_calendar_has_them() -> None:
    friday = date(2026, 2, 13)
    at = np.array([wall_seconds(friday, hour * 3600) for hour in (5, 6, 9, 21, 22)])
    assert is_night(at).tolist() == [True, False, False, False, True]
    assert is_office(at).tolist() == [False, False, True, False, False]
    assert is_office(at + DAY).tolist() == [False] * 5
    assert is_tet_second(np.array([wall_seconds(date(2026, 2, day)) for day in (12, 13, 22, 23)])).tolist() == [False, True, True, False]


def test_about_one_in_twelve_asks_at_night(cases: pl.DataFrame) -> None:
    assert 0.07 < is_night(cases["asked_at"].to_numpy()).mean() < 0.1


def test_evenings_have_a_peak(cases: pl.DataFrame) -> None:
    hours = np.bincount(cases["asked_at"].to_numpy() % DAY // 3600, minlength=24)
    assert hours[20] > hours[17] > hours[12] > hours[3]


def _per_day(cases: pl.DataFrame, topic: str, chosen: np.ndarray) -> float:
    """Requests of a topic per day on the chosen days (positions from FIRST_DAY)."""
    day = cases.filter(pl.col("topic") == topic)["asked_at"].to_numpy() // DAY - wall_seconds(FIRST_DAY) // DAY
    return float(np.isin(day, chosen).sum() / len(chosen))


def test_weekends_are_for_noise_and_weekdays_for_paper(cases: pl.DataFrame) -> None:
    days = np.arange(730)
    weekday = (days + FIRST_DAY.weekday()) % 7
    weekend, working = days[weekday >= 5], days[weekday < 5]
    assert _per_day(cases, "procedure", weekend) < 0.5 * _per_day(cases, "procedure", working)
    assert _per_day(cases, "public_order", weekend) > 1.3 * _per_day(cases, "public_order", working)


def test_tet_is_quiet_for_paper_and_alive_on_the_roads(cases: pl.DataFrame) -> None:
    days = np.arange(730)
    tet = is_tet_second(wall_seconds(FIRST_DAY) + days * DAY)
    assert tet.sum() == 20
    assert _per_day(cases, "procedure", days[tet]) < 0.25 * _per_day(cases, "procedure", days[~tet])
    assert _per_day(cases, "traffic_accident", days[tet]) > 1.2 * _per_day(cases, "traffic_accident", days[~tet])


def test_answer_times_have_a_long_tail_and_some_never_come(cases: pl.DataFrame) -> None:
    waited = (cases["answered_at"] - cases["asked_at"]).drop_nulls()
    assert waited.median() < 0.5 * waited.mean()  # type: ignore[operator]
    assert 0.03 < cases["answered_at"].is_null().mean() < 0.1
    alike = cases.filter(pl.col("topic") == "procedure", pl.col("urgency") == "normal")
    logarithms = (alike["answered_at"] - alike["asked_at"]).drop_nulls().log()
    assert abs(logarithms.mean() - logarithms.median()) < 0.1  # type: ignore[operator]


def test_few_wards_and_residents_have_much(cases: pl.DataFrame) -> None:
    wards = cases["resident_ward"].value_counts()["count"].sort(descending=True)
    assert wards[:6].sum() > 0.4 * wards.sum()
    asked = cases["resident"].drop_nulls().value_counts()["count"]
    assert asked.median() <= 2
    assert asked.max() > 20  # type: ignore[operator]


def test_instants_of_a_case_are_in_order_and_none_lies_after_the_logs(cases: pl.DataFrame) -> None:
    late = ["acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at", "classified_at", "updated_at"]
    assert cases.select(pl.max_horizontal(pl.col(late).max())).item() <= END
    assert cases.select(pl.any_horizontal((pl.col(name) < pl.col("asked_at")).any() for name in late[:-1])).item() is False
    assert (cases["answered_at"] < cases["acknowledged_at"]).any() is False
    assert (cases["reopened_at"] < cases["first_resolved_at"]).any() is False
    assert (cases["resolved_at"] < cases["reopened_at"]).any() is False


def test_wards_are_named_by_the_name_of_the_day(cases: pl.DataFrame) -> None:
    old = cases.filter(pl.col("asked_at") < wall_seconds(REFORM), pl.col("ward").is_not_null())["ward"].str.to_lowercase()
    new = cases.filter(pl.col("asked_at") >= wall_seconds(REFORM) + 60 * DAY, pl.col("ward").is_not_null())["ward"].str.to_lowercase()
    with_place = r"(,| -) (quận|huyện|thị xã|quan|huyen|thi xa|q\.|h\.|tx\.) |, .+, hà nội$"
    assert old.str.contains(with_place).all()
    assert not new.str.contains(with_place).any()


def test_the_planted_wards_stand_out_and_are_of_middling_size() -> None:
    rng = np.random.default_rng(5)
    city = build_city(24, rng)
    made = make_cases(city, 40_000, rng).filter(pl.col("true_ward").is_not_null())
    late = made.group_by("true_ward").agg(pl.col("late").mean(), n=pl.len()).sort("true_ward")
    order = city.wards["planted"].to_numpy()[late["late"].arg_sort().to_numpy()]
    assert (order[0], order[-1]) == ("excellent", "poor")
    sizes = late["n"].rank().to_numpy()[city.wards["planted"].to_numpy() != "none"]
    assert ((sizes > 5) & (sizes < 20)).all()


def test_one_row_in_a_hundred_is_dirty_in_every_declared_way(truth: dict[str, Any]) -> None:
    asked = [row["what"] for row in truth["dirty_rows"] if row["path"].startswith("luot-hoi")]
    declared = {spot.what for spot in INTERACTION_SPOTS} | {"stands in the next file too", "a line of totals", "a remark"}
    assert set(asked) == declared
    assert 0.01 <= len(asked) / SMALL["interactions"] <= 0.015
    told = {row["what"] for row in truth["dirty_rows"] if not row["path"].startswith("luot-hoi")}
    others = (*FEEDBACK_SPOTS.values(), ZALO_SPOTS, PAGE_SPOTS)
    assert told == {spot.what for spots in others for spot in spots}


def test_dirty_rows_stand_where_the_truth_says(small: Path, truth: dict[str, Any]) -> None:
    sheets: dict[str, list[list[str]]] = {}
    seen = set()
    for row in truth["dirty_rows"]:
        delimiter, encoding = LOOKS.get(row["path"], TODAY)
        if not row["path"].endswith(".csv") or encoding == DOUBLED:
            continue
        if row["path"] not in sheets:
            text = unicodedata.normalize("NFC", (small / row["path"]).read_bytes().decode(encoding))
            sheets[row["path"]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        header, cells = sheets[row["path"]][0], sheets[row["path"]][row["row_number"]]
        mark = {
            "a line cut short": len(cells) < len(header),
            "a line too long": len(cells) > len(header),
            "an urgency nobody lists": "hỏa tốc" in cells,
            "a number in words": "nhiều lắm" in cells,
            "a ward nobody knows": "Khu phố Ánh Trăng" in cells,
            "a control character in the number": "\x07" in cells[0],
            "a line of totals": cells[0] == "Tổng cộng",
            "a remark": len(cells) == 1 and cells[0].startswith("Tổng cộng: "),
            "a day that does not exist": any(cell.startswith(("31/02", "30/02")) for cell in cells),
            "the year mistyped": any("/206" in cell for cell in cells),
            "the same row twice in a file": sheets[row["path"]].count(cells) == 2,
        }.get(row["what"])
        if mark is not None:
            assert mark, row
            seen.add(row["what"])
    assert len(seen) >= 10


def test_a_city_of_full_size_is_hanoi() -> None:
    city = build_city(WARDS, np.random.default_rng(SEED))
    days = channel_days(city.channels, corrected_days(city), np.random.default_rng(SEED))
    by_channel = days.sort("day").group_by("channel_id").agg(first=pl.col("members").first(), last=pl.col("members").last())
    assert (city.wards.height, city.old_wards.height, city.old_wards["split"].sum()) == (126, 526, 199)
    assert 580 <= city.channels.height <= 620
    assert set(city.channels["platform"]) == {"facebook_group", "facebook_page", "zalo_oa", "zalo_group", "portal", "hotline"}
    assert 0.98 < by_channel["last"].sum() / 400_000 <= 1
    assert by_channel["first"].sum() < 0.8 * by_channel["last"].sum()
    assert 2900 <= city.officers.height <= 3100
    assert city.officers.filter(pl.col("planted") != "none")["planted"].sort().to_list() == ["excellent", "poor"]


def test_a_rumour_is_asked_about_for_days_and_set_right(truth: dict[str, Any], small: Path) -> None:
    text = (small / "danh-muc/so-lieu-kenh.csv").read_text(encoding="utf-8-sig")
    for rumour in truth["stories"]["rumours"]:
        day = date.fromisoformat(rumour["corrected_on"]).strftime("%d/%m/%Y")
        corrections = [line for line in text.splitlines() if f";{day};" in line and line.endswith(";1")]
        assert rumour["questions"] >= 3
        assert corrections


def test_the_planted_officers_stand_out() -> None:
    rng = np.random.default_rng(5)
    city = build_city(24, rng)
    made = make_cases(city, 60_000, rng).filter(pl.col("officer").is_not_null())
    late = made.group_by("officer").agg(pl.col("late").mean(), n=pl.len()).filter(pl.col("n") >= 60)
    habit = city.officers["planted"].gather(late["officer"])
    ordinary = late.filter(habit == "none")["late"]
    assert late.filter(habit == "poor")["late"].item() > ordinary.quantile(0.9)  # type: ignore[operator]
    assert late.filter(habit == "excellent")["late"].item() < ordinary.quantile(0.1)  # type: ignore[operator]


def test_the_old_code_page_holds_every_vietnamese_letter() -> None:
    text = "Ngõ chợ; TRẺ LẠC ở cổng; Nguyễn Thị Thảo ưỡn ẹo, Đống Đa, ắ ằ ẳ ẵ ặ ỹ ỵ"
    assert pl.Series([windows_1258(text).decode("cp1258")]).str.normalize("NFC").item() == text


def test_doubled_letters_can_be_undone() -> None:
    text = "Ngõ chợ; TRẺ LẠC; ề ọ ỏ ố ở ớ ờ"
    assert doubled("Hệ").decode() == "Há»‡"
    assert undouble(doubled(text).decode()) == text


def _command(home: Path, *arguments: str) -> str:
    """Run a command of the project in its own home; its standard output."""
    environment = {**os.environ, "LANGNGHE_HOME": str(home)}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A city made, loaded and counted by the commands."""
    folder = tmp_path_factory.mktemp("recovery")
    city, home = folder / "city", folder / "home"
    _command(home, "etl", "demo", str(city), "--interactions", "4000", "--wards", "8", "--seed", "7")
    truth = json.loads((city / "truth.json").read_text(encoding="utf-8"))
    report = json.loads(_command(home, "etl", "refresh", "--inbox", str(city), "--as-of", truth["as_of"], "--json"))
    quarantine = json.loads(_command(home, "etl", "quarantine", "--json"))["rows"]
    figures = {
        name: json.loads(_command(home, "metrics", "figures", "--by", *by, "--format", "json"))["rows"]
        for name, by in {"all": ["all"], "wards": ["ward"], "wards_then": ["ward", "--wards", "then"]}.items()
    }
    version = current_version(home / "snapshots")
    assert version is not None
    tables = {name: pl.read_parquet(version.glob(name)) for name in ("interactions", "feedback", "channel_days")}
    return {"truth": truth, "report": report, "quarantine": quarantine, "figures": figures, "home": home, "tables": tables}


def test_the_planted_wards_stand_out_and_nobody_ordinary_does(refreshed: dict[str, Any]) -> None:
    version = current_version(refreshed["home"] / "snapshots")
    assert version is not None
    wards, officers = (told(version, refreshed["truth"], by, None) for by in ("ward", "officer"))
    assert wards.planted["poor"] >= 5
    assert wards.planted["excellent"] >= 2
    for found in (wards, officers):
        assert found.wrong == found.others == 0
        assert min(found.slowness, default=9) >= 1, "whoever else is flagged for speed was made that slow, or that quick"


def test_the_loader_gives_every_file_its_fates(refreshed: dict[str, Any]) -> None:
    read = {file["path"]: file for file in refreshed["report"]["files"] if file["skipped"] is None}
    found = {path: {fate: file[fate] for fate in FATES} for path, file in read.items()}
    assert found == {file["path"]: file["fates"] for file in refreshed["truth"]["files"]}
    assert refreshed["report"]["as_of"] == refreshed["truth"]["as_of"]


def test_the_loader_refuses_exactly_the_rows_it_must(refreshed: dict[str, Any]) -> None:
    refused = {(row["path"], row["row_number"], row["rule"], row["column"] or None) for row in refreshed["quarantine"]}
    dirty = [row for row in refreshed["truth"]["dirty_rows"] if row["fate"] == "quarantined"]
    assert refused == {(row["path"], row["row_number"], row["rule"], row["column"]) for row in dirty}


def _counts(rows: list[dict[str, Any]], metrics: list[str]) -> dict[str, dict[str, int]]:
    """Numerators by unit and metric."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["metric"] in metrics:
            counts.setdefault(row["unit"], {})[row["metric"]] = row["numerator"]
    return counts


@pytest.mark.parametrize("by", ["all", "wards", "wards_then"])
def test_the_figures_are_the_truth(refreshed: dict[str, Any], by: str) -> None:
    truth = refreshed["truth"]["figures"][by] if by != "all" else {"all": refreshed["truth"]["figures"]["all"]}
    metrics = list(next(iter(truth.values())))
    found = _counts(refreshed["figures"][by], metrics)
    assert {unit: counts for unit, counts in found.items() if any(counts.values())} == {
        unit: counts for unit, counts in truth.items() if any(counts.values())
    }


def test_all_shapes_of_files_are_there_and_every_request_in_one_of_them(refreshed: dict[str, Any]) -> None:
    files = refreshed["truth"]["files"]
    assert {Path(file["path"]).suffix for file in files} == {".csv", ".xlsx", ".jsonl", ".json"}
    rows = {file["path"]: file["rows"] for file in files}
    assert all(0 < file["interactions"] < rows[file["path"]] for file in files if "interactions" in file)
    in_threads = sum(file.get("interactions", 0) for file in files)
    sources = refreshed["tables"]["interactions"]["source"]
    assert sources.is_in(["zalo-messages", "facebook-page-posts"]).sum() == in_threads > 100
    asked = [file["fates"]["loaded"] for file in files if file["source"] == "ward-sheet-interactions"]
    refused = [row for row in refreshed["truth"]["dirty_rows"] if row["path"].startswith("luot-hoi") and row["fate"] == "quarantined"]
    footers = [row for row in refused if row["what"] in ("a line of totals", "a remark")]
    assert in_threads + sum(asked) + len(refused) - len(footers) == 4000


def test_the_planted_bursts_are_held(refreshed: dict[str, Any]) -> None:
    feedback = refreshed["tables"]["feedback"].with_columns(day=pl.col("received_at").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date())
    for burst in refreshed["truth"]["stories"]["bursts"]:
        about = (pl.col("officer_id") == burst["officer_id"]) & (pl.col("kind") == burst["kind"])
        held = feedback.filter(about, pl.col("day") == date.fromisoformat(burst["day"]))["held"]
        assert held.sum() == len(held) >= burst["rows"]


def test_the_silent_channel_stops(refreshed: dict[str, Any]) -> None:
    silent = refreshed["truth"]["stories"]["silent_channel"]
    days = refreshed["tables"]["channel_days"].filter(channel_id=silent["channel_id"])["day"]
    assert str(days.max()) == silent["last_day"]
    assert days.len() == (days.max() - days.min()).days + 1 > 365  # type: ignore[operator]
    assert refreshed["tables"]["channel_days"]["day"].max() == LAST_DAY


def test_the_automatic_account_has_not_answered_at_once(refreshed: dict[str, Any]) -> None:
    channel_id = refreshed["truth"]["stories"]["automatic_account"]
    cases = refreshed["tables"]["interactions"].filter(channel_id=channel_id, source="zalo-messages")
    assert (cases["acknowledged_at"] - cases["asked_at"]).unique().to_list() == [timedelta(seconds=3)]
    assert (cases["answered_at"] - cases["asked_at"]).min() > timedelta(seconds=3)  # type: ignore[operator]


def test_no_nickname_passes_the_door(refreshed: dict[str, Any]) -> None:
    files = [path for path in refreshed["home"].rglob("*") if path.is_file()]
    tables = [path for path in files if path.suffix == ".parquet"]
    assert len(tables) > 20
    nickname = r"Sao Băng|(Mèo|Thỏ|Sóc|Gấu|Nhím|Vịt|Chim Sẻ|Bướm|Rùa|Cún) \p{Lu}[\p{L} ]+ \d+$"
    assert pl.concat([nicknames(pl.Series(range(400))), pl.Series(["Sao Băng 1"])]).str.contains(nickname).mean() > 0.6
    for path in tables:
        texts = pl.read_parquet(path).select(pl.col(pl.String))
        assert not texts.select(pl.any_horizontal(pl.col(name).str.contains(nickname).any() for name in texts.columns)).item(), path
    for path in set(files) - set(tables):
        content = path.read_bytes()
        assert not any(name.encode() in content for name in ("Sao Băng", "Mèo Lười", "Gấu Ngủ Nướng", "Cún Vàng")), path


def test_a_folder_that_cannot_be_is_said_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "city").write_text("")
    said: list[str] = []
    with pytest.raises(FileExistsError):
        make_city(tmp_path / "city", 500, 1, progress=said.append)
    assert said == []
