import subprocess
import sys
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import UserError
from etl.reference.lists import build, build_districts, source_folder
from etl.reference.ward_names import can_mean, spell
from etl.reference.wards import Wards, read_wards
from etl.settings import REFERENCE
from etl.tables import TIDY_TABLES
from etl.text import fold

HANOI = pl.col("parent") == "01"
OLD = pl.col("valid_to").is_not_null()
TABLE = read_wards().table
UNKNOWN = ("unknown", "unknown")


@pytest.fixture
def _lists_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is not asked."""
    monkeypatch.setattr("etl.reference.wards.parse", lambda *_parts: None)


def resolve(text: str | None, before: bool, wards: Wards | None = None) -> tuple[str, str]:
    row = (wards or read_wards()).resolve(
        pl.DataFrame({"text": [text], "before": [before]}, schema={"text": pl.String, "before": pl.Boolean})
    )
    assert row.columns == ["text", "before", "ward_code", "ward_then"]
    return row["ward_code"].item(), row["ward_then"].item()


# The reference table


def test_the_table_is_what_the_official_lists_give() -> None:
    wards = build(source_folder())
    assert wards.write_csv() == (REFERENCE / "wards.csv").read_text(encoding="utf-8")
    assert build_districts(source_folder(), wards).write_csv() == (REFERENCE / "districts.csv").read_text(encoding="utf-8")


def test_the_table_has_the_columns_of_the_tidy_table_and_one_row_a_ward() -> None:
    assert dict(TABLE.schema) == TIDY_TABLES["wards"].schema
    assert TABLE["ward_code"].n_unique() == TABLE.height
    assert TABLE["ward_code"].is_sorted()


def test_hanoi_went_from_526_units_to_126_and_199_of_them_were_split() -> None:
    hanoi = TABLE.filter(HANOI)
    assert (hanoi.filter(OLD).height, hanoi.filter(~OLD).height, hanoi["split"].sum()) == (526, 126, 199)


def test_the_country_went_from_10040_units_to_3321() -> None:
    assert (TABLE.filter(OLD).height, TABLE.filter(~OLD).height) == (10_040, 3_321)


def test_every_unit_went_to_a_ward_of_today_in_the_same_province() -> None:
    today = TABLE.filter(~OLD)
    joined = TABLE.join(today.select("ward_code", to="parent"), left_on="current_code", right_on="ward_code")
    assert joined.height == TABLE.height
    assert joined.filter(pl.col("to") != pl.col("parent")).is_empty()
    assert today.filter((pl.col("current_code") != pl.col("ward_code")) | pl.col("split")).is_empty()


def test_every_name_begins_with_its_type_and_is_composed() -> None:
    assert TABLE.filter(~pl.col("name").str.starts_with(pl.col("type") + " ")).is_empty()
    names = "".join(TABLE["name"].to_list())
    assert names == unicodedata.normalize("NFC", names)


# A name of the day, and of another


@pytest.mark.parametrize(
    "text",
    [
        "Phường Phúc Tân",
        "P. Phúc Tân",
        "P.Phúc Tân",
        "phuong phuc tan",
        "PHÚC TÂN",
        "  Phúc   Tân ",
        "P. Phuc Tan, Hoan Kiem",
        "Phường Phúc Tân, Quận Hoàn Kiếm, Hà Nội",
        "Phúc Tân, Q. Hoàn Kiếm, TP. Hà Nội, Việt Nam",
        "Phúc Tân - Hoàn Kiếm - HN",
        "Phúc Tân (Hoàn Kiếm)",
        "Công an phường Phúc Tân",
        "CAP Phúc Tân",
        "số 3 ngõ 12, P. Phúc Tân, Hoàn Kiếm",
        unicodedata.normalize("NFD", "Phường Phúc Tân"),
        "00037",
        "old-00037",
    ],
)
@pytest.mark.usefixtures("_lists_alone")
def test_an_old_ward_is_known_by_any_spelling(text: str) -> None:
    assert resolve(text, before=True) == ("00097", "old-00037")
    assert resolve(text, before=False) == ("00097", "00097")  # people go on using the old name


def test_the_day_tells_the_two_wards_apart_that_have_one_number() -> None:
    assert resolve("00004", before=True) == ("00004", "old-00004")  # Trúc Bạch went to Ba Đình
    assert resolve("00340", before=True) == ("00340", "old-00340")  # Yên Sở was split and kept its name
    assert resolve("00340", before=False) == ("00340", "00340")  # today's Yên Sở


def test_a_name_of_today_is_known_before_the_change_too() -> None:
    assert resolve("Phường Hồng Hà", before=True) == ("00097", "00097")


def test_a_name_on_both_lists_is_that_of_the_day() -> None:
    assert resolve("Phường Yên Sở", before=True) == ("00340", "old-00340")
    assert resolve("Phường Yên Sở, Quận Hoàng Mai", before=False) == ("00340", "00340")


@pytest.mark.usefixtures("_lists_alone")
def test_numbered_wards_need_their_type_and_their_district() -> None:
    assert resolve("P5, Q.8, TP.HCM", before=True)[1] == resolve("Phường 05, Quận 8, Thành phố Hồ Chí Minh", before=True)[1] == "old-27418"
    assert resolve("Phường 5", before=True) == UNKNOWN
    only = Wards(pl.concat([TABLE.filter(HANOI).head(1), TABLE.filter(pl.col("ward_code") == "old-27418")]), read_wards().places)
    assert resolve("Phường 5", before=True, wards=only)[1] == "old-27418"
    assert resolve("5", before=True, wards=only) == UNKNOWN


def test_a_name_that_begins_like_a_type_is_a_name() -> None:
    assert resolve("Xà Phiên", before=False) == resolve("Xã Xà Phiên", before=False) == ("31495", "31495")


@pytest.mark.usefixtures("_lists_alone")
def test_tones_may_stand_on_either_vowel() -> None:
    assert (
        resolve("Phường Trung Hoà, Cầu Giấy", before=True) == resolve("Phường Trung Hòa, Cầu Giấy", before=True) == ("00175", "old-00175")
    )


@pytest.mark.parametrize(
    ("written", "name", "can"),
    [
        ("Hoà", "Hòa", True),
        ("Thuỷ", "Thủy", True),
        ("Hoa", "Hòa", True),
        ("Hòa", "Hoa", False),
        ("Đồng", "Đông", False),
        ("Dông", "Đông", True),
    ],
)
def test_accents_may_be_left_out_or_stand_on_the_next_vowel_but_none_may_contradict(written: str, name: str, can: bool) -> None:
    assert can_mean(spell(written)[1], spell(name)[1]) is can


# Several could be meant


def test_a_name_of_two_districts_is_unknown_unless_the_district_is_told() -> None:
    assert resolve("Phường Minh Khai", before=True) == UNKNOWN
    assert resolve("Phường Minh Khai", before=False) == UNKNOWN
    assert resolve("Phường Minh Khai, HBT", before=True) == ("00322", "old-00295")
    assert resolve("Phường Minh Khai, Bắc Từ Liêm", before=True)[1] == "old-00613"


def test_accents_tell_two_names_apart_and_are_missed_where_they_are_left_out() -> None:
    assert resolve("Sơn Đông", before=True)[1] == "old-09613"
    assert resolve("Sơn Đồng", before=True)[1] == "old-09859"
    assert resolve("Son Dong", before=True) == UNKNOWN


def test_the_type_tells_two_names_apart() -> None:
    assert resolve("Phường Việt Hưng", before=True)[1] == "old-00127"
    assert resolve("Viet Hung", before=True) == UNKNOWN


@pytest.mark.usefixtures("_lists_alone")
def test_one_slip_is_forgiven_where_nothing_else_could_be_meant() -> None:
    assert resolve("hoàn kièm", before=False) == ("00070", "00070")
    assert resolve("Xã Hoàn Kiếm", before=False) == ("00070", "00070")
    assert resolve("Xã Hoàn Kièm", before=False) == UNKNOWN
    assert resolve("Thị trấn Viet Hung", before=False) == UNKNOWN  # Phường Việt Hưng or what was Xã Việt Hùng


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ba Dinh", "00004"),
        ("BA DINH", "00004"),
        ("Vinh Thanh", "00508"),
        ("xa vinh thanh", "00508"),
        ("Xã Ba Dinh", "21499"),
        ("Sa Pa", "03006"),
    ],
)
def test_a_name_without_accents_is_first_the_home_provinces_with_any(text: str, code: str) -> None:
    assert resolve(text, before=False)[0] == code


def test_a_bare_name_is_the_home_provinces(tmp_path: Path) -> None:
    assert resolve("Tân Lập", before=True)[1] == "old-09820"  # Đan Phượng, of dozens in the country
    elsewhere = tmp_path / "places.toml"
    elsewhere.write_text('home_province = "79"', encoding="utf-8")
    assert resolve("Tân Lập", before=True, wards=read_wards(places=elsewhere)) != resolve("Tân Lập", before=True)


def test_a_place_that_does_not_fit_is_believed_more_than_the_name() -> None:
    for text in ("Phường Hoàn Kiếm, Đà Nẵng", "Phường Phúc Tân, Quận Ba Đình", "Phường Phúc Tân, Tỉnh Hà Nội", "Phường Lê Lợi, Hải Dương"):
        assert resolve(text, before=True) == UNKNOWN
        assert resolve(text, before=False) == UNKNOWN


@pytest.mark.usefixtures("_lists_alone")
def test_a_province_of_the_time_before_is_known() -> None:
    assert resolve("P. Trần Phú, TP Hải Dương, Hải Dương", before=True) == ("10532", "old-10528")
    assert resolve("P. Trần Phú, TP Hải Dương, Hải Phòng", before=True) == ("10532", "old-10528")
    assert resolve("P. Bình Hàn, Tỉnh Hải Dương", before=True)[1] == "old-10510"


def test_a_city_and_a_province_of_one_name_are_told_apart_by_their_type_alone() -> None:
    assert resolve("Xã Vĩnh Quang, Thành phố Cao Bằng", before=True)[1] == "old-01693"
    assert resolve("Xã Vĩnh Quang, Cao Bằng", before=True) == UNKNOWN  # there is one in another district of the province


def test_wards_that_cannot_be_told_apart_but_went_to_one_are_that_one_today() -> None:
    twins = TABLE.filter(pl.col("ward_code") == "old-00037")
    rows = pl.concat([TABLE.filter(pl.col("ward_code") == "00097"), twins, twins.with_columns(ward_code=pl.lit("old-00038"))])
    wards = Wards(rows, read_wards().places)
    assert resolve("Phúc Tân", before=True, wards=wards) == ("00097", "unknown")
    assert resolve("Phúc Tân", before=False, wards=wards) == ("00097", "00097")


# Nothing could be meant


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "-",
        ",",
        "không rõ",
        "abc",
        "123",
        "99999",
        "Hà Nội",
        "TP. Hà Nội",
        "Quận Hoàn Kiếm",
        "H. Thanh Trì",
        "vãng lai",
        "abc Ba Đình xyz",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_what_names_no_ward_is_unknown(text: str | None, before: bool) -> None:
    assert resolve(text, before) == UNKNOWN


@pytest.mark.filterwarnings("default")  # the library's own
@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("P. Phuc Tan Hoan Kiem Ha Noi", "old-00037"),
        ("Phường Nguyễn Trung Trực, Ba Đình", "old-00004"),  # joined to Trúc Bạch earlier
        ("phường Thảo Điền, quận 2, HCM", "old-27088"),  # the district is Thủ Đức by now
    ],
)
def test_the_library_reads_what_no_list_has(text: str, then: str) -> None:
    assert resolve(text, before=True)[1] == then


@pytest.mark.filterwarnings("default")
@given(st.text(alphabet="abcđêhiknotuơ, .", max_size=12), st.booleans())
def test_a_found_ward_is_always_in_the_table_and_letters_are_never_left_over(noise: str, before: bool) -> None:
    code, then = resolve("zz " + noise, before)
    assert (code, then) == UNKNOWN


# All wards


def test_every_ward_of_today_is_found_by_its_name_and_province() -> None:
    today = TABLE.filter(~OLD).with_columns(text=pl.col("name") + ", " + pl.col("province"), before=False)
    found = read_wards().resolve(today)
    assert found["ward_code"].to_list() == today["ward_code"].to_list()
    assert found["ward_then"].to_list() == today["ward_code"].to_list()


@pytest.mark.parametrize("spelling", [str, fold, str.upper])
def test_every_old_ward_of_hanoi_is_found_by_its_name_and_district(spelling: object) -> None:
    assert callable(spelling)
    texts = [spelling(f"{name}, {district}") for name, district in TABLE.filter(HANOI & OLD).select("name", "district").iter_rows()]
    old = TABLE.filter(HANOI & OLD).with_columns(text=pl.Series(texts), before=True)
    found = read_wards().resolve(old)
    assert found["ward_then"].to_list() == old["ward_code"].to_list()
    assert found["ward_code"].to_list() == old["current_code"].to_list()


def test_after_the_change_an_old_ward_of_hanoi_is_its_successor_or_its_namesake_of_today() -> None:
    old = TABLE.filter(HANOI & OLD).with_columns(text=pl.col("name") + ", " + pl.col("district"), before=False)
    found = read_wards().resolve(old).with_columns(old["current_code"], name=old["name"].str.replace("^(Phường|Xã|Thị trấn) ", ""))
    other = found.filter(pl.col("ward_code") != pl.col("current_code"))
    namesakes = TABLE.filter(HANOI & ~OLD).select("ward_code", today=pl.col("name").str.replace("^(Phường|Xã) ", ""))
    assert other.join(namesakes, on="ward_code").filter(pl.col("today") != pl.col("name")).is_empty()
    assert "unknown" not in other["ward_code"]
    assert other.height < 10


HANOI_NAMES = TABLE.filter(HANOI & OLD & pl.col("district").str.starts_with("Quận")).select("ward_code", "name", "district").rows()


@given(
    st.sampled_from(HANOI_NAMES),
    st.sampled_from([str, fold, str.upper, lambda text: unicodedata.normalize("NFD", text)]),
    st.sampled_from(["Phường ", "P. ", "P.", "p ", "phuong ", ""]),
    st.sampled_from([", ", ",", " ; ", " - ", "  ,  "]),
    st.sampled_from(["", "  "]),
)
def test_case_accents_prefix_and_space_do_not_matter(
    ward: tuple[str, str, str], spelling: object, prefix: str, comma: str, space: str
) -> None:
    assert callable(spelling)
    code, name, district = ward
    text = space + prefix + spelling(name.removeprefix("Phường ")) + comma + spelling(district) + space
    assert resolve(text, before=True)[1] == code


# Rows of the tidy table


def test_rows_are_those_asked_for_and_the_wards_that_they_went_to() -> None:
    rows = read_wards().ward_rows({"old-00037", "Ward 7", "unknown"})
    assert dict(rows.schema) == TIDY_TABLES["wards"].schema
    assert rows["ward_code"].to_list() == ["00097", "Ward 7", "old-00037"]
    assert rows.row(1, named=True) == dict.fromkeys(rows.columns) | {
        "ward_code": "Ward 7",
        "name": "Ward 7",
        "province": "unknown",
        "parent": "unknown",
        "current_code": "Ward 7",
        "split": False,
    }


def test_no_codes_have_no_rows() -> None:
    rows = read_wards().ward_rows(set())
    assert (rows.height, dict(rows.schema)) == (0, TIDY_TABLES["wards"].schema)


def test_provinces_have_names() -> None:
    names = read_wards().province_names
    assert (len(names), names["01"]) == (34, "Thành phố Hà Nội")


# places.toml


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ('home_provinse = "01"', "home_provinse"),
        ('home_province = "99"', "99"),
        ('home_province = "01"\nno_ward = "x"', "no_ward"),
        ('home_province = "01"\n[province_words]\n"01" = 3', "province_words"),
        ("home_province = ", "places.toml"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, toml: str, named: str) -> None:
    path = tmp_path / "places.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(UserError, match=named):
        read_wards(places=path)


# Speed, in seconds of the processor, so that a busy machine does not matter

_SPEED = """
import sys, time
from etl.reference.ward_names import can_mean, spell
from etl.reference.wards import read_wards
import polars as pl
started = time.process_time()
wards = read_wards()
read = time.process_time() - started
old = wards.table.filter(pl.col("valid_to").is_not_null() & (pl.col("parent") == "01"))
small = old["name"].str.to_lowercase()
names = pl.concat([old["name"] + ", " + old["district"], small + "; " + old["district"]]).unique().sort().head(1000)
texts = names.to_frame("text").with_columns(before=True)
wards.resolve(texts.head(1))
started = time.process_time()
wards.resolve(texts)
print(read, time.process_time() - started, texts.height, "vietnamadminunits" in sys.modules, "shapely" in sys.modules)
"""


def test_known_spellings_are_resolved_at_once_and_without_the_library() -> None:
    ran = subprocess.run([sys.executable, "-c", _SPEED], capture_output=True, text=True, check=True)
    read, resolved, count, *imported = ran.stdout.split()
    assert (count, imported) == ("1000", ["False", "False"])
    assert float(read) < 0.3
    assert float(resolved) < 0.2
