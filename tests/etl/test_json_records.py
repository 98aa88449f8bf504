"""JSON and JSON lines: text for text what was written; a bad line costs one line, a bad document one file."""

import csv
import gzip
import io
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.reading import json_text, reach
from etl.reading import records as blocks
from etl.reading.read import read_records
from etl.reading.records import RawRecords
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.staging.map import map_records

pytestmark = pytest.mark.usefixtures("english")

MakeSource = Callable[..., Source]
ReadText = Callable[..., RawRecords]


@pytest.fixture
def lines(make_source: MakeSource) -> Source:
    return make_source('asked_at = "a"\nward = "b"', format="jsonl")


@pytest.fixture
def read(tmp_path: Path, lines: Source) -> ReadText:
    def read(raw: bytes | str, given: Source | None = None, name: str = "a") -> RawRecords:
        path = tmp_path / name
        path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        return read_records(path, given or lines)

    return read


def cells(records: RawRecords) -> list[tuple[Any, ...]]:
    return records.frame.drop("row_number").rows()


def refused(records: RawRecords) -> list[tuple[int, str, str]]:
    return [(broken.row_number, broken.rule, broken.column) for broken in records.broken]


def test_numbers_stay_as_written(read: ReadText) -> None:
    written = ["1", "1.0", "-0", "1e5", "1E+05", "0.1000", "1" * 5_000, "12345678901234567890.123", "NaN", "-Infinity"]
    records = read("".join(f'{{"a": {number}, "b": "x"}}\n' for number in written))
    assert [a for a, _b in cells(records)] == written


def test_words_of_json_are_words_and_null_is_missing(read: ReadText) -> None:
    assert cells(read('{"a": true, "b": false}\n{"a": null, "b": "null"}\n{"b": ""}\n')) == [("true", "false"), (None, "null"), (None, "")]


def test_texts_are_in_nfc_whether_escaped_or_not(read: ReadText) -> None:
    loose = unicodedata.normalize("NFD", "Phường Đống Đa")
    for escaped in (True, False):
        assert cells(read(json.dumps({"a": "1", "b": loose}, ensure_ascii=escaped))) == [("1", "Phường Đống Đa")]


def test_letters_doubled_behind_escapes_are_undone(read: ReadText) -> None:
    doubled = "Hệ thống".encode().decode("latin-1")
    assert cells(read(json.dumps({"a": "1", "b": doubled}))) == [("1", "Hệ thống")]


def test_a_line_that_is_no_object_costs_one_row_and_blank_lines_are_none(read: ReadText) -> None:
    broken = ["[1]", "7", '"x"', "null", "{", '{"a": 1} x', '{"a": 1}{"a": 2}', "{'a': 1}", '{"a": 1,}', '{"a": "\x01"}']
    text = '\n{"a": 1}\n \t\r\n' + "".join(f"{line}\n" for line in broken) + '  {"a": 2}  \r\n'
    records = read(text)
    assert records.frame["row_number"].to_list() == [1, 12]
    assert refused(records) == [(number, "no_json_object", "") for number in range(2, 12)]
    assert not records.provisional


@pytest.mark.parametrize(
    ("tail", "provisional"),
    [('{"a": 2}', False), ('{"a": 2', True), ('{"a": 2\n', False), ('{"a": "Ph\\u1', True), ("[1]", False), ('{"a": 2}\n\n ', False)],
)
def test_a_file_that_ends_within_a_line_is_provisional(read: ReadText, tail: str, provisional: bool) -> None:
    assert read('{"a": 1}\n' + tail).provisional is provisional
    assert read("{\n" + tail).provisional is provisional


def test_a_cut_in_the_middle_of_a_letter_is_provisional(read: ReadText) -> None:
    records = read('{"a": "Phường Bến Nghé"}\n{"a": "Phườ'.encode()[:-1])
    assert (refused(records), records.provisional) == ([(2, "letters", "")], True)


def test_a_list_or_an_object_in_place_of_a_value_is_named(read: ReadText) -> None:
    records = read('{"a": {"x": 1}}\n{"a": [1]}\n{"a": []}\n{"a": {}}\n{"a": 1, "c": {"x": [1]}}\n')
    assert refused(records) == [(number, "nested_value", "asked_at") for number in (1, 2, 3, 4)]
    assert cells(records) == [("1",)]


def test_a_key_twice_costs_the_record_only_where_it_is_asked_for(read: ReadText, make_source: MakeSource) -> None:
    within = make_source('asked_at = "a"\nward = "c.x"', format="jsonl")
    twice = ['{"a": 1, "a": 1}', '{"A": 1, "Á": 2}', '{"a": 1, "c": {"x": 1, "x": 2}}', '{"a": 1, "c": 1, "c": {"x": 2}}']
    records = read("\n".join([*twice, '{"a": 1, "z": 1, "z": 2}']), within)
    assert refused(records) == [
        (1, "key_twice", "asked_at"),
        (2, "key_twice", "asked_at"),
        (3, "key_twice", "ward"),
        (4, "key_twice", "ward"),
    ]
    assert records.frame["row_number"].to_list() == [5]


def test_of_many_keys_only_the_doubled_one_is_unclear(read: ReadText) -> None:
    many = ", ".join(f'"k{i}": {i}' for i in range(3_000))
    records = read(f'{{"a": 1, {many}, "k7": 8}}\n{{{many}, "a": 1, "a": 2}}\n')
    assert cells(records) == [("1",)]
    assert refused(records) == [(2, "key_twice", "asked_at")]


def test_records_of_ever_other_keys_are_read(read: ReadText, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_MOST_KEYS", 20)
    records = read("".join(f'{{"a": {i}, "k{i}": 1, "B": {{"x{i}": 2}}}}\n' for i in range(50)))
    assert [broken.rule for broken in records.broken] == ["nested_value"] * 50
    records = read("".join(f'{{"k{i % 30}": 1, "A": {i}}}\n' for i in range(50)))
    assert [row[0] for row in cells(records)] == [str(i) for i in range(50)]


def test_keys_match_as_headers_do_and_the_exact_one_first(read: ReadText) -> None:
    assert cells(read('{" A": 1, "B": 2}\n{"A": 3, "a": 4, "b": 5}\n')) == [("1", "2"), ("4", "5")]


def test_a_dotted_path_reaches_in_and_a_dotted_key_goes_first(read: ReadText, make_source: MakeSource) -> None:
    source = make_source('asked_at = "from.at.day"', format="jsonl")
    written = [{"from": {"at": {"day": "1"}}}, {"from.at": {"day": "2"}}, {"from": {"at.day": "3"}, "x": 1}, {"From": {"AT": {"Day": "4"}}}]
    missing = [{"from": None}, {"from": "Lan"}, {"from": {}}, {"from": {"at": []}}, {"from": {"at": {"day": None}}}]
    through = [{"from": [{"at": {"day": "5"}}]}]
    records = read("\n".join(map(json.dumps, written + missing + through)), source)
    assert cells(records) == [("1",), ("2",), ("3",), ("4",)] + [(None,)] * 5
    assert refused(records) == [(10, "nested_value", "asked_at")]


def test_a_lone_surrogate_costs_its_record_where_it_is_asked_for(read: ReadText) -> None:
    records = read('{"a": "\\ud800", "b": "x"}\n{"a": 1, "z": "\\udfff", "\\ud800": 1}\n{"a": "\\ud83d\\ude00"}\n')
    assert refused(records) == [(1, "letters", "asked_at")]
    assert [row[0] for row in cells(records)] == ["1", "😀"]


def test_deep_nesting_costs_one_line_and_a_document_whole(read: ReadText, make_source: MakeSource) -> None:
    for deep in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 1_000_000):
        assert refused(read(f'{{"a": 1}}\n{{"c": {deep}}}\n')) == [(2, "nested_too_deep", "")]
        with pytest.raises(UnreadableError, match="deep"):
            read(f'[{{"a": 1}}, {deep}]', make_source('asked_at = "a"', format="json"))


def test_sixteen_megabytes_in_one_text_and_null_bytes_are_read(read: ReadText) -> None:
    long = "x" * (1 << 24)
    assert cells(read(f'{{"a": "{long}", "b": "y\\u0000"}}\n')) == [(long, "y\x00")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_every_unicode_encoding_is_read(read: ReadText, make_source: MakeSource, encoding: str, format: str) -> None:
    source = make_source('asked_at = "a"\nward = "b"', format=format)
    text = '{"a": 1, "b": "Phường Bến Nghé, thành phố"}'
    written = f"[{text}]" if format == "json" else f"{text}\n"
    assert cells(read(written.encode(encoding), source)) == [("1", "Phường Bến Nghé, thành phố")]


def test_blocks_change_nothing(read: ReadText, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f'{{"a": {i}}}\n' if i % 3 else "x\n" for i in range(20))
    whole = read(text)
    for chunk in (1, 2, 7):
        monkeypatch.setattr(blocks, "BLOCK", chunk)
        found = read(text)
        assert (cells(found), refused(found), found.frame["row_number"].to_list()) == (
            cells(whole),
            refused(whole),
            whole.frame["row_number"].to_list(),
        )


@pytest.mark.parametrize("raw", ["", " \n\n", "\ufeff", "[]", "\ufeff [ ]\n"])
def test_a_file_without_records_has_none(read: ReadText, make_source: MakeSource, raw: str) -> None:
    assert read(raw, make_source('asked_at = "a"', format="json")).rows == 0
    assert read(raw.replace("[]", "").replace("[ ]", "")).rows == 0


def test_packed_files_are_read(read: ReadText) -> None:
    assert cells(read(gzip.compress(b'{"a": 1}\n'), name="a.jsonl.gz")) == [("1",)]


# -- documents -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1}\n {"a": 2}]', "line 2, column 2"),
        ('[{"a": 1},\n', "line 2, column 1"),
        ('[{"a": 1},]', "column 11"),
        ('[{"a": 1}] x', "column 12"),
        ('[{"a": 1}', "column 10"),
        ('[{"a": "x\ny"}]', "line 1"),
        ("[", "column 2"),
        ("x", "column 1"),
        ("{'a': 1}", "column 2"),
        ('{"data" [1]}', "column 9"),
        ('{"data": [1] "x": 1}', "column 14"),
        ('{"data": [1], }', "column 15"),
        ('{"data": [1], 5: 1}', "column 15"),
        ('{"x": "data", "data": [', "column 24"),
        ('{"data": [{"a": 1}, {"a": tru, {"a": 2}]}', "column 27"),
        ('{"data": [{"a": 1}, {"a": 1.e', "column 28"),
    ],
)
def test_a_document_that_does_not_parse_is_named_by_line_and_column(read: ReadText, make_source: MakeSource, text: str, place: str) -> None:
    source = make_source('asked_at = "a"', format="json", head='records = "data"')
    with pytest.raises(UnreadableError, match=place):
        read(text, source)


@pytest.mark.parametrize("block", [1, 2, 3, 5, 8, 13, 40])
def test_where_a_document_is_cut_while_it_is_read_changes_nothing(
    read: ReadText, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    source = make_source(AROUND, format="json", head=LEVELS)
    odd = {"id": -1.5e-7, "y": [1, [2], {}], "u": "\u0301\U0001f600", "data": [{"id": 12345, "by": None}, {"id": True}, 7.25, [], "x"]}
    texts = ["\ufeff" + json.dumps(NESTED), json.dumps(odd, indent=3), "[]", " \n", "\ufeff"]
    broken = [json.dumps(NESTED, indent=1)[:15], '{"data": [\n{"id": 1}\n,\n {"id": nul}, {"id": 2}]}', '{"id": 1.e5, "data": []}']
    whole = [read(text, source) for text in texts]
    reasons = [reason_for(read, text, source) for text in broken]
    monkeypatch.setattr(json_text, "_BLOCK", block)
    for text, expected in zip(texts, whole, strict=True):
        found = read(text, source)
        assert (cells(found), found.headers, refused(found)) == (cells(expected), expected.headers, refused(expected))
    assert [reason_for(read, text, source) for text in broken] == reasons
    assert "line 4, column 9" in reasons[1]


CUT = [
    {
        "id": "x\u00e9\U0001f600\n",
        "n": [1, -2.5e10, True, False, None, float("nan"), -float("inf")],
        "in": {"list": [{"id": "1a"}, {"id": 0.5}]},
    },
    {"id": "2", "by": {"id": {}}},
    {"id": 5e-3},
]


@pytest.mark.parametrize("block", [1, 1 << 20])
def test_a_document_cut_anywhere_brings_its_whole_entries_and_the_last_costs_itself(
    read: ReadText, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(json_text, "_BLOCK", block)
    source = make_source('asked_at = "id"', format="json", head=LEVELS)
    written = [json.dumps(entry) for entry in CUT]
    text = '{"x": [1], "data": [' + ", ".join(written) + '], "y": 1.5e+7, "z": [2.5, 3]}'
    rows = cells(read(text, source))
    first = text.index(written[1]) - 2
    for cut in range(1, first):
        assert "line 1, column" in reason_for(read, text[:cut], source)
    for cut in range(first, len(text)):
        found = read(text[:cut], source)
        whole = [text.index(entry) + len(entry) <= cut for entry in written]
        begun = any(text.index(entry) < cut < text.index(entry) + len(entry) for entry in written)
        assert found.provisional
        assert cells(found) == rows[: (0, 3, 4, 5)[sum(whole)]]
        assert refused(found) == ([(found.rows, "no_json_object", "")] if begun else [])


def test_what_stood_behind_the_cut_matters_only_where_rows_are_told_apart_by_it(read: ReadText, make_source: MakeSource) -> None:
    cut = '{"by": {"x": "p"}, "data": [{"id": "1", "at": 2}, {"id": "2", "at": 3}, {'
    columns = 'message_id = "{}"\nthread_id = "id"\nauthor_role = "at"\nsent_at = "at"\nchannel_id = "{}"'
    for key, channel, is_refused in (("id", "/page", False), ("key", "/page", False), ("key", "/id", True), ("key", "/by.x", False)):
        source = make_source(
            columns.format(key, channel),
            '[parts]\nkey = ["/id", "id"]' if channel == "/id" else '[parts]\nkey = ["/data.id", "/by.x", "id"]',
            format="json",
            table="messages",
            head='records = "data"',
        )
        if is_refused:
            assert "before '/id'" in reason_for(read, cut, source)
        else:
            assert (read(cut, source).frame.height, read(cut, source).provisional) == (2, True)
    by_content = make_source('asked_at = "at"\nward = "/ward"', format="json", head='records = "data"')
    assert "before '/ward'" in reason_for(read, cut, by_content)
    assert read(cut.replace("{", '{"ward": 1, ', 1), by_content).frame.height == 2


def test_a_record_that_is_the_document_is_whole_or_unreadable(read: ReadText, make_source: MakeSource) -> None:
    assert "column 9" in reason_for(read, '{"a": 1,', make_source('asked_at = "a"', format="json", head='records = "."'))


def reason_for(read: ReadText, text: str, source: Source) -> str:
    with pytest.raises(UnreadableError) as error:
        read(text, source)
    return str(error.value)


def test_one_record_that_is_larger_than_memory_may_be_is_refused(
    read: ReadText, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "LONGEST_VALUE", 1_000)
    monkeypatch.setattr(json_text, "_BLOCK", 100)
    source = make_source('asked_at = "a"', format="json", head='records = "data"')
    many = json.dumps({"other": list(range(5_000)), "data": [{"a": "x" * 500}] * 50})
    assert read(many, source).rows == 50
    for large in ({"other": {"x": "y" * 9_000}, "data": []}, {"data": [{"a": ["y"] * 9_000}]}):
        assert "1000 letters" in reason_for(read, json.dumps(large), source)


def test_records_lie_where_the_path_says(read: ReadText, make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"', format="json", head='records = "data.items"')
    assert cells(read('{"v": [1, {"a": 0}], "data": {"n": 2, "items": [{"a": 1}, 5, {"a": 2}], "m": {}}}', source)) == [("1",), ("2",)]
    assert cells(read('{"data": [{"items": [{"a": 1}]}, {"items": null}, 7, {}, {"Items": [{"a": 2}]}]}', source)) == [("1",), ("2",)]
    assert read('{"data": {"items": null}}', source).rows == 0
    for text, reason in (
        ('{"data": {"itms": []}, "x": 1}', "'data.items' in the file; it has: 'data', 'x'"),
        ('{"data": {"items": {"a": 1}}}', "'data.items' is no list"),
        ('{"data": {"items": 5}}', "'data.items' is no list"),
        ('{"data": 1, "data": {"items": []}}', "'data' is there twice"),
    ):
        with pytest.raises(UnreadableError, match=reason):
            read(text, source)


def test_without_a_path_a_document_is_a_list_of_records(read: ReadText, make_source: MakeSource) -> None:
    assert cells(read('[{"a": 1}, {"a": 2}]', make_source('asked_at = "a"', format="json"))) == [("1",), ("2",)]
    with pytest.raises(UnreadableError, match="records"):
        read('{"a": 1}', make_source('asked_at = "a"', format="json"))
    assert "column 1:" in reason_for(read, "<html>login</html>", make_source('asked_at = "a"', format="json"))
    itself = make_source('asked_at = "a"', format="json", head='records = "."')
    assert cells(read(' {"a": 1} ', itself)) == cells(read('[{"a": 1}]', itself)) == [("1",)]


NESTED = {
    "id": "p",
    "data": [
        {"id": "1", "by": {"id": "x"}, "in": {"list": [{"id": "1a"}, "no object", {"id": "1b", "id2": None}]}},
        {"id": "2", "in": {"list": "no list"}},
        {"id": "3", "in": {"list": [{"id": "3a"}]}},
    ],
}
LEVELS = 'records = ["data", "data.in.list"]'
AROUND = 'asked_at = "id"\nward = "/data.id"\nofficer_id = "/id"\ntopic = "/data.by.id"\nlink = "/data.in.list.id"'


@pytest.mark.parametrize("turned", [False, True])
def test_records_within_records_reach_those_around_them(read: ReadText, make_source: MakeSource, turned: bool) -> None:
    source = make_source(AROUND, format="json", head=LEVELS)
    records = read(json.dumps(dict(reversed(NESTED.items())) if turned else NESTED), source)
    assert records.headers == ["id", "/data.id", "/id", "/data.by.id"]
    assert cells(records) == [
        ("1", None, "p", None),
        ("1a", "1", "p", "x"),
        ("1b", "1", "p", "x"),
        ("2", None, "p", None),
        ("3", None, "p", None),
        ("3a", "3", "p", None),
    ]
    assert records.frame["row_number"].to_list() == [1, 2, 4, 5, 7, 8]
    assert refused(records) == [(3, "no_json_object", ""), (6, "no_json_object", "")]


def test_a_line_holds_records_as_a_document_does(read: ReadText, make_source: MakeSource) -> None:
    document = read(json.dumps(NESTED), make_source(AROUND, format="json", head=LEVELS))
    line = read(json.dumps(NESTED) + "\n", make_source(AROUND, format="jsonl", head=LEVELS))
    assert (cells(line), refused(line), line.headers) == (cells(document), refused(document), document.headers)


def test_what_stands_around_all_records_must_be_one_value(read: ReadText, make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"\nward = "/id.x"', format="json", head='records = "data"')
    assert cells(read('{"data": [{"a": 1}], "id": {"x": true}}', source)) == [("1", "true")]
    for odd in ('{"x": {}}', '{"x": 1, "x": 2}'):
        with pytest.raises(UnreadableError, match=r"/id\.x"):
            read(f'{{"data": [{{"a": 1}}], "id": {odd}}}', source)


def test_a_key_that_no_record_has_is_missing_by_name(read: ReadText, make_source: MakeSource) -> None:
    source = make_source('asked_at = "at"\nward = "b"', format="jsonl")
    with pytest.raises(UnreadableError, match=r"'at' .asked_at.*'b', 'time'"):
        map_records(read('{"b": 1, "time": 2}\n', source), source)
    assert map_records(read('{"at": null}\n', source), source).absent == ["b"]


# -- the same as CSV ---------------------------------------------

KEYS = st.sampled_from(["a", "b", "Phường", "x y", "from.name"])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(KEYS, VALUES), min_size=1, max_size=8), escaped=st.booleans(), chunk=st.integers(1, 6))
def test_any_records_are_the_texts_of_the_same_rows_as_csv(
    read: ReadText, make_source: MakeSource, rows: list[dict[str, Any]], escaped: bool, chunk: int
) -> None:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = "\n".join(f'{name} = "{key}"' for name, key in zip(("asked_at", "ward", "topic", "text", "link"), keys, strict=False))
    head = 'encoding = "utf-8"'  # so that no doubled letters are undone
    sources = {format: make_source(columns or 'asked_at = "a"', format=format, head=head) for format in ("csv", "json", "jsonl")}
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([keys, *([json.dumps(row[key]) if is_bare(row.get(key)) else row.get(key) for key in keys] for row in rows)])
    lines = [json.dumps(row, ensure_ascii=not escaped) for row in rows]
    before, block = blocks.BLOCK, json_text._BLOCK
    blocks.BLOCK, json_text._BLOCK = chunk, chunk * 7
    try:
        found = {format: read(text, sources[format]) for format, text in (("json", f"[{','.join(lines)}]"), ("jsonl", "\n".join(lines)))}
    finally:
        blocks.BLOCK, json_text._BLOCK = before, block
    expected = read(out.getvalue(), sources["csv"]) if keys else None
    for records in found.values():
        assert not records.broken
        assert records.frame["row_number"].to_list() == list(range(1, len(rows) + 1))
        if expected:
            assert records.headers == expected.headers
            assert without_empty(records) == without_empty(expected)


def is_bare(value: object) -> bool:
    """Whether JSON writes it without quotes."""
    return value is not None and not isinstance(value, str)


def without_empty(records: RawRecords) -> list[tuple[Any, ...]]:
    return [tuple(cell or None for cell in row) for row in cells(records)]


def test_a_number_in_a_path_is_an_entry_of_a_list(read: ReadText, make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"\nward = "data.0.place.1"', format="jsonl")
    lines = ['{"a":"1","data":[{"place":["x","y"]},{"place":[]}]}', '{"a":"2","data":[]}', '{"a":"3","data":[{"place":["x",{"z":"w"}]}]}']
    records = read("\n".join(lines), source)
    assert cells(records) == [("1", "y"), ("2", None)]
    assert refused(records) == [(3, "nested_value", "ward")]
