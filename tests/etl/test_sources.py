"""The grammar of a source: each mistake is named where it stands, with the nearest word that is known."""

import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from etl.errors import UserError
from etl.sources.source import Source, read_source, read_sources

Write = Callable[..., Path]
LEAST = """
name = "sheet"
table = "interactions"
files = ["interactions_*.csv"]
format = "csv"
"""
COLUMNS = '[columns]\nasked_at = "Hỏi lúc"\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(head: str = "", tail: str = "", columns: str = COLUMNS, least: str = LEAST, name: str = "sheet.toml") -> Path:
        path = tmp_path / name
        path.write_text(least + head + "\n" + columns + tail, encoding="utf-8")
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as error:
        read_source(path)
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_the_least_source_has_the_shipped_defaults(write: Write) -> None:
    source = read_source(write())
    assert (source.encoding, source.delimiter, source.sheet, source.header_row) == ("auto", "auto", 0, 0)
    assert (source.timezone, source.times, source.wards) == ("Asia/Ho_Chi_Minh", ("iso",), "vietnam")


@pytest.mark.parametrize(
    ("head", "tail", "key", "near"),
    [
        ('delimeter = ";"', "", "delimeter", "delimiter"),
        ("", '[value.urgency]\n"khẩn" = "urgent"', "value", "values"),
        ("", '[values.urgncy]\n"khẩn" = "urgent"', "values.urgncy", "urgency"),
        ("", '[defaults]\nplatfrom = "app"', "defaults.platfrom", "platform"),
        ("", '[keeps]\n"A" = ["x"]', "keeps", "keep"),
        ('tz = "UTC"', "", "tz", "timezone"),
    ],
)
def test_an_unknown_key_names_itself_and_the_nearest_known_one(write: Write, head: str, tail: str, key: str, near: str) -> None:
    message = refusal(write(head, tail))
    assert repr(key) in message
    assert repr(near) in message


def test_an_unknown_input_column_names_the_nearest(write: Write) -> None:
    message = refusal(write(columns='[columns]\naskd_at = "Hỏi lúc"\n'))
    assert "'columns.askd_at'" in message
    assert "'asked_at'" in message


@pytest.mark.parametrize(
    ("head", "tail", "named"),
    [
        ('delimiter = "/"', "", "delimiter"),
        ('wards = "vietnamese"', "", "vietnam"),
        ('encoding = "utf-9"', "", "utf-9"),
        ('encoding = "base64"', "", "base64"),
        ('timezone = "Asia/Hanoi"', "", "Asia/Hanoi"),
        ('timezone = "localtime"', "", "localtime"),
        ("header_row = -1", "", "header_row"),
        ("header_row = true", "", "header_row"),
        ("sheet = -1", "", "sheet"),
        ('times = ["ios"]', "", "iso"),
        ('times = ["%d/%m/%Y %H"]', "", "%d/%m/%Y %H"),
        ('times = ["%d/%m/%Q"]', "", "%d/%m/%Q"),
        ("times = []", "", "times"),
        ("times = [1]", "", "times"),
        ('times = [["%d/%m/%Y"]]', "", "times"),
        ('times = [["%d/%m/%Y", "iso"]]', "", "times"),
        ('times = [["%d/%m/%Y", "%m/%d/%Q"]]', "", "%m/%d/%Q"),
        ('header_row = "aut"', "", "auto"),
        ('header_row = "auto"', "", "header_row"),
        ("header_rows = 2", "", "header_rows"),
        ("header_rows = 0", "", "header_rows"),
        ('pseudonyms = ["tread"]', "", "pseudonyms"),
        ('pseudonyms = ["asked_at"]', "", "pseudonyms"),
        ("", '[values.urgency]\n"khẩn" = "urgnt"', "urgent"),
        ("", '[values.urgency]\n"Khẩn" = "urgent"\n"khan" = "normal"', "khan"),
        ("", "[values]\nurgency = 1", "urgency"),
        ("", '[defaults]\nplatform = "facebok_group"', "facebook_group"),
        ("", '[defaults]\nward = " "', "defaults.ward"),
        ("", '[keep]\n"Loại" = "External"', "keep"),
        ("", '[keep]\n"Loại" = []', "keep"),
        ("", '[drop]\n"STT" = "("', "drop.STT"),
        ("", '[drop]\n"STT" = []', "drop.STT"),
        ("", '[declared]\nof = "a"\ncuont = "b"', "'count'"),
        ("", '[parts]\na = { of = "b", were = { c = "d" } }', "'where'"),
        ("", '[parts]\na = { of = "b", where = { c = [] } }', "parts.a.where.c"),
        ("", '[parts]\na = { of = "b", where = "c" }', "parts.a.where"),
        ("", '[parts]\na = { of = "b", value = "c" }', "parts.a"),
        ("", '[parts]\na = { value = "" }', "parts.a.value"),
    ],
)
def test_a_wrong_value_is_named(write: Write, head: str, tail: str, named: str) -> None:
    assert named in refusal(write(head, tail))


@pytest.mark.parametrize("key", ["name", "table", "files", "format"])
def test_a_missing_key_is_named(write: Write, key: str) -> None:
    least = "\n".join(line for line in LEAST.splitlines() if not line.startswith(key))
    assert key in refusal(write(least=least))


def test_a_column_that_the_table_needs_is_asked_for_unless_it_has_a_default(write: Write) -> None:
    assert "asked_at" in refusal(write(columns='[columns]\nward = "Phường"\n'))
    read_source(write(columns='[columns]\nward = "Phường"\n[defaults]\nasked_at = "2026-10-31"\n'))


def test_what_is_no_toml_is_one_sentence(write: Write, tmp_path: Path) -> None:
    assert "sheet.toml" in refusal(write(least="name = "))
    (tmp_path / "bytes.toml").write_bytes(b"name = \xff")
    refusal(tmp_path / "bytes.toml")
    (tmp_path / "folder.toml").mkdir()
    refusal(tmp_path / "folder.toml")


def test_toml_booleans_stand_for_a_booleans_values(write: Write) -> None:
    source = read_source(write(tail='[values.tip_off]\n"tố giác" = true\n"hỏi" = false\n'))
    assert source.values == {"tip_off": {"to giac": "true", "hoi": "false"}}


def test_two_sources_of_one_name_are_refused_and_name_both_files(write: Write, tmp_path: Path) -> None:
    one, two = write(), write(name="other.toml")
    with pytest.raises(UserError) as error:
        read_sources([tmp_path])
    assert str(one) in str(error.value) or one.name in str(error.value)
    assert two.name in str(error.value)


def test_a_folder_of_sources_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        read_sources([tmp_path / "nowhere"])


@pytest.fixture
def source(write: Write) -> Source:
    return read_source(write())


def test_a_glob_without_slash_fits_the_name_at_any_depth(source: Source) -> None:
    assert source.fits(PurePosixPath("interactions_1.csv"))
    assert source.fits(PurePosixPath("2026/10/interactions_1.csv"))
    assert not source.fits(PurePosixPath("old_interactions_1.csv"))


def test_a_glob_with_slash_fits_the_path(write: Write) -> None:
    source = read_source(write(least=LEAST.replace("interactions_*", "ward/*")))
    assert source.fits(PurePosixPath("ward/a.csv"))
    assert not source.fits(PurePosixPath("other/ward/a.csv"))
    assert not source.fits(PurePosixPath("ward/old/a.csv"))  # a star stays within its folder
    anywhere = read_source(write(least=LEAST.replace("interactions_*", "ward/**/*")))
    assert [anywhere.fits(PurePosixPath(path)) for path in ("ward/a.csv", "ward/x/y/a.csv", "a.csv")] == [True, True, False]


def test_a_glob_fits_a_name_with_loose_accents(write: Write) -> None:
    source = read_source(write(least=LEAST.replace("interactions_*", "lượt hỏi*")))
    assert source.fits(PurePosixPath(unicodedata.normalize("NFD", "lượt hỏi 1.csv")))


@pytest.mark.parametrize("glob", ["sổ Hỏi*.csv", "Ward/**/SỔ*.Csv"])
def test_a_glob_fits_a_name_in_any_case(write: Write, glob: str) -> None:
    source = read_source(write(least=LEAST.replace("interactions_*.csv", glob)))
    assert [source.fits(PurePosixPath("WARD") / name) for name in ("SỔ HỎI 1.CSV", "sổ hỏi 1.csv", "so hoi 1.csv")] == [True, True, False]


def test_the_digest_is_the_meaning_not_the_file_pattern(write: Write) -> None:
    digest = read_source(write()).digest
    assert read_source(write(least=LEAST.replace("interactions_*", "*"))).digest == digest
    assert read_source(write('delimiter = ";"')).digest != digest
