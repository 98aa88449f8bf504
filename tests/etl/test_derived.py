"""Columns made of others: the first choice that a record has, and whether two columns hold the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from etl.errors import UserError
from etl.reading.read import read_records
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.staging.map import MappedRecords, map_records

pytestmark = pytest.mark.usefixtures("english")

MakeSource = Callable[..., Source]
ASKED = 'asked_at = "at"\n'


@pytest.fixture
def mapped(tmp_path: Path) -> Callable[[str, Source], MappedRecords]:
    def mapped(text: str, source: Source) -> MappedRecords:
        path = tmp_path / "a"
        path.write_text(text, encoding="utf-8")
        return map_records(read_records(path, source), source)

    return mapped


def column(records: MappedRecords, name: str) -> list[str | None]:
    return records.frame[name].to_list()


def test_a_part_is_the_first_of_its_choices_that_a_record_has(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source(ASKED + 'ward = "place"', '[parts]\nplace = ["b", "nowhere", "c"]')
    assert column(mapped("at,b,c\n1, x ,y\n2,  ,y\n3,,\n", source), "ward") == ["x", "y", None]


def test_of_a_pattern_the_first_group_is_taken(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    parts = '[parts]\nplace = [{ of = "b", pattern = "^P([0-9]*)(-.*)?$" }, { of = "c" }]'
    source = make_source(ASKED + 'ward = "place"', parts)
    assert column(mapped("at,b,c\n1,P12-x,y\n2,12,y\n3,P,y\n4,P,\n", source), "ward") == ["12", "y", "y", None]


def test_a_choice_counts_only_where_other_columns_say_so(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    parts = (
        '[parts]\nplace = [{ of = "b", pattern = "^(.)", where = { c = ["Đóng", "xong"], d = "x" } }, { of = "b", where = { c = "mở" } }]'
    )
    source = make_source(ASKED + 'ward = "place"', parts)
    rows = "1,uv,dong,X\n2,uv,ĐÓNG ,y\n3,uv,Mở,\n4,uv,,x\n"
    assert column(mapped(f"at,b,c,d\n{rows}", source), "ward") == ["u", None, "uv", None]
    assert column(mapped("at,b\n1,uv\n", source), "ward") == [None]


def test_a_part_may_be_made_of_the_column_whose_name_it_takes(make_source: MakeSource, mapped: Callable[..., MappedRecords]) -> None:
    source = make_source(ASKED + 'ward = "b"', '[parts]\nb = ["b", "c"]', format="jsonl")
    assert column(mapped('{"at":"1","b":"x"}\n{"at":"2","c":"y"}\n', source), "ward") == ["x", "y"]


def test_a_value_stands_where_a_column_has_any(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    parts = '[parts]\nplace = [{ value = "x", where = { b = "*" } }, { value = "y", where = { nowhere = "*" } }, { value = "z" }]'
    source = make_source(ASKED + 'ward = ["place", "c"]', parts)
    assert column(mapped("at,b,c\n1,?,1\n2,,2\n", source), "ward") == ["x 1", "z 2"]
    assert column(mapped("at\n1\n", source), "ward") == ["z"]


def test_a_part_may_use_those_before_it_and_goes_before_a_column_of_its_name(
    mapped: Callable[..., MappedRecords], make_source: MakeSource
) -> None:
    parts = '[parts]\nb = ["c"]\nlast = ["d", "b"]'
    source = make_source(ASKED + 'ward = "last"\ntopic = "B"', parts)
    records = mapped("at,b,c\n1,x,y\n", source)
    assert (column(records, "ward"), column(records, "topic")) == (["y"], ["y"])


def test_parts_work_in_keep_and_in_ids(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    parts = '[parts]\nkind = { of = "b", pattern = "^(.)" }\n'
    source = make_source(ASKED + 'ward = "kind"', parts + '[keep]\nkind = ["x"]')
    records = mapped("at,b\n1,xa\n1,ya\n1,xb\n", source)
    assert (records.not_selected, column(records, "ward")) == (1, ["x", "x"])
    assert len(set(column(records, "interaction_id"))) == 1


def test_a_part_without_any_of_its_columns_is_missing_by_name(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    with pytest.raises(UnreadableError, match=r"'when' .asked_at.*'at'"):
        mapped("at,b\n1,2\n", make_source('asked_at = "when"\nward = "b"', '[parts]\nwhen = ["x", "y"]'))
    records = mapped("at\n1\n", make_source(ASKED + 'ward = "place"', '[parts]\nplace = ["x"]'))
    assert (records.absent, column(records, "ward")) == (["place"], [None])


def test_a_column_says_whether_two_hold_the_same(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    rule = '[when]\nstatus = { same = ["b", "c"], then = "answered", otherwise = "open" }\n'
    text = "at,b,c\n1,x, x \n2,x,X\n3,,\n4,x,\n"
    assert column(mapped(text, make_source(ASKED, rule)), "status") == ["answered", "open", None, None]
    with_default = make_source(ASKED, rule + '[defaults]\nstatus = "withdrawn"')
    assert column(mapped(text, with_default), "status") == ["answered", "open", "withdrawn", "withdrawn"]
    assert column(mapped("at,b\n1,x\n", make_source(ASKED, rule)), "status") == [None]
    one_sided = make_source(ASKED, '[when]\nstatus = { same = ["b", "c"], then = "answered" }')
    assert column(mapped(text, one_sided), "status") == ["answered", None, None, None]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_what_the_file_has_not_is_missing_in_as_many_records_as_it_has(
    mapped: Callable[..., MappedRecords], make_source: MakeSource, rows: int
) -> None:
    when = '[when]\nstatus = { same = ["b", "nowhere"], then = "open" }\ntip_off = { same = ["nowhere", "b"], then = true }'
    found = mapped("at,b\n" + "1,1\n" * rows, make_source(ASKED, when, head='relative_to = "/nowhere"'))
    assert (column(found, "status"), column(found, "tip_off")) == ([None] * rows, [None] * rows)
    assert found.captured is not None
    assert len(found.captured) == rows


def test_what_is_compared_is_no_part_of_the_id(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    plain = make_source(ASKED)
    compared = make_source(ASKED, '[when]\nstatus = { same = ["at", "b"], then = "open", otherwise = "answered" }')
    text = "at,b\n1,1\n"
    assert column(mapped(text, plain), "interaction_id") == column(mapped(text, compared), "interaction_id")


@pytest.mark.parametrize(
    ("rest", "named"),
    [
        ("[parts]\nplace = []", "parts.place"),
        ("[parts]\nplace = [1]", "parts.place"),
        ('[parts]\nplace = [{ off = "b" }]', "'parts.place.off' is unknown. Did you mean 'of'"),
        ('[parts]\nplace = { pattern = "(x)" }', "parts.place.of"),
        ('[parts]\nplace = { of = "b", pattern = "x" }', "parts.place.pattern"),
        ('[parts]\nplace = { of = "b", pattern = "(x" }', "parts.place.pattern"),
        ('[parts]\nplace = { of = "b", pattern = 5 }', "parts.place.pattern"),
        ("parts = 5", "parts = 5"),
        ('[when]\nstatsu = { same = ["b", "c"], then = "open" }', "'when.statsu' is unknown. Did you mean 'status'"),
        ('[when]\nstatus = "open"', "when.status"),
        ('[when]\nstatus = { same = ["b", "c"], than = "open" }', "'when.status.than' is unknown. Did you mean 'then'"),
        ('[when]\nstatus = { same = ["b", "c"] }', "when.status.then is missing"),
        ('[when]\nstatus = { then = "open" }', "when.status.same is missing"),
        ('[when]\nstatus = { same = ["b"], then = "open" }', "when.status.same"),
        ('[when]\nstatus = { same = ["b", "c"], then = "opne" }', "Did you mean 'open'"),
        ('[when]\nstatus = { same = ["b", "c"], then = "open", otherwise = "closd" }', "when.status.otherwise"),
        ('[when]\nasked_at = { same = ["b", "c"], then = "2026-10-31" }', "asked_at"),
        ('[when]\nchannel_id = { same = ["b", "c"], then = "" }', "when.channel_id.then"),
    ],
)
def test_a_mistake_is_named_where_it_stands(make_source: MakeSource, rest: str, named: str) -> None:
    with pytest.raises(UserError) as error:
        make_source(ASKED, head=rest) if rest.startswith("parts =") else make_source(ASKED, rest)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("head", "format", "named"),
    [
        ('records = "data"', "csv", "records is for json and jsonl, not for csv"),
        ('records = "data..items"', "json", "'data..items'"),
        ('records = ""', "json", "records"),
        ("records = []", "json", "records"),
        ('records = ["data", 5]', "json", "records"),
        ("records = 5", "json", "records"),
    ],
)
def test_records_must_be_paths(make_source: MakeSource, head: str, format: str, named: str) -> None:
    with pytest.raises(UserError) as error:
        make_source(ASKED, head=head, format=format)
    assert named in str(error.value)
