"""Parquet: every typed value written out in full, and no file that is larger, cut off or hostile costs more than itself."""

import gzip
import io
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from pyarrow import parquet

from etl.reading import parquet_records
from etl.reading.read import read_records
from etl.reading.records import RawRecords
from etl.reference.topics import read_topics
from etl.sources.inbox import InboxFile, UnreadableError
from etl.sources.source import Source
from etl.staging.stage import stage_file
from tests.etl.house import read_alone

pytestmark = pytest.mark.usefixtures("english")

MakeSource = Callable[..., Source]
Read = Callable[..., RawRecords]
NAMES = ("asked_at", "ward", "topic", "link")


@pytest.fixture
def read(tmp_path: Path, make_source: MakeSource) -> Read:
    def read(given: pa.Table | bytes, *headers: str, name: str = "a.parquet", **options: Any) -> RawRecords:
        path = tmp_path / name
        path.write_bytes(given if isinstance(given, bytes) else packed(given, **options))
        columns = [f'{column} = "{header}"' for column, header in zip(NAMES, headers or ("a",), strict=False)]
        return read_records(path, make_source("\n".join(columns), format="parquet"))

    return read


def packed(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, **options)
    return out.getvalue()


def cells(records: RawRecords) -> list[tuple[Any, ...]]:
    return records.frame.drop("row_number").rows()


def refused(records: RawRecords) -> list[tuple[int, str, str]]:
    return [(broken.row_number, broken.rule, broken.column) for broken in records.broken]


ZONE = "Asia/Ho_Chi_Minh"
HANOI = timezone(timedelta(hours=7))
TYPES = {
    "text": (pa.array(["007", "", None]), ["007", "", None]),
    "long text": (pa.array(["x"], pa.large_string()), ["x"]),
    "view": (pa.array(["x", "y" * 50], pa.string_view()), ["x", "y" * 50]),
    "loose accents": (pa.array([unicodedata.normalize("NFD", "Phường")]), ["Phường"]),
    "doubled letters": (pa.array(["Hệ thống".encode().decode("latin-1")]), ["Hệ thống"]),
    "dictionary": (pa.array(["b", None, "b"]).dictionary_encode(), ["b", None, "b"]),
    "bytes": (pa.array(["Đống Đa".encode(), None]), ["Đống Đa", None]),
    "uuid": (pa.array([UUID(int=7).bytes, None], pa.uuid()), [str(UUID(int=7)), None]),
    "numbers": (pa.array([-(2**63), 7, None]), [str(-(2**63)), "7", None]),
    "large numbers": (pa.array([2**64 - 1], pa.uint64()), [str(2**64 - 1)]),
    "fractions": (pa.array([5.0, 0.1, 1e300, float("nan"), -2.0, None]), ["5", "0.1", "1e+300", "NaN", "-2", None]),
    "short fractions": (pa.array([0.1, 16777216.0], pa.float32()), ["0.1", "16777216"]),
    "half fractions": (pa.array([2.25, None], pa.float16()), ["2.25", None]),
    "decimals": (pa.array([Decimal("5.00"), Decimal("12345678901234567.10"), None]), ["5.00", "12345678901234567.10", None]),
    "booleans": (pa.array([True, False, None]), ["true", "false", None]),
    "dates": (pa.array([date(2026, 10, 31), date(1, 1, 1), None]), ["2026-10-31", "0001-01-01", None]),
    "dates in milliseconds": (pa.array([date(2026, 10, 31), None], pa.date64()), ["2026-10-31", None]),
    "days out of reach": (pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()), [str(2**31 - 1), str(-(2**31))]),
    "local times": (
        pa.array([datetime(2026, 10, 31, 8), datetime(1969, 1, 1), None]),
        ["2026-10-31T08:00:00", "1969-01-01T00:00:00", None],
    ),
    "instants": (
        pa.array([datetime(2026, 10, 31, 8, 0, 0, 5, HANOI)], pa.timestamp("us", "Asia/Ho_Chi_Minh")),
        ["2026-10-31T01:00:00.000005Z"],
    ),
    "nanoseconds": (pa.array([-1, 10**9], pa.timestamp("ns", "UTC")), ["1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:01Z"]),
    "instants out of reach": (pa.array([2**63 - 1, -(2**63)], pa.timestamp("us")), [str(2**63 - 1), str(-(2**63))]),
    "times of day": (pa.array([time(8, 15), None], pa.time32("ms")), ["08:15:00.000", None]),
    "nothing": (pa.nulls(2), [None, None]),
}


@pytest.mark.parametrize(("column", "expected"), TYPES.values(), ids=TYPES)
def test_every_type_is_written_out(read: Read, column: pa.Array, expected: list[str | None]) -> None:
    records = read(pa.table({"a": column}))
    assert records.frame["c0"].to_list() == expected
    assert records.frame["row_number"].to_list() == list(range(1, len(column) + 1))
    assert not records.broken


def test_days_of_another_calendar_of_spark_are_read(read: Read) -> None:
    written = pa.table({"a": pa.array([datetime(2026, 10, 31, 8, 15, 1), datetime(9999, 1, 1)], pa.timestamp("us"))})
    assert cells(read(written, use_deprecated_int96_timestamps=True)) == [("2026-10-31T08:15:01",), ("9999-01-01T00:00:00",)]


def test_typed_times_need_no_declared_format(tmp_path: Path, make_source: MakeSource) -> None:
    source = make_source('interaction_id = "id"\nasked_at = "a"', format="parquet", head='times = ["%d/%m/%Y"]')
    times = pa.array([datetime(2026, 10, 31, 8), datetime(2026, 10, 31, 8, 15)])
    columns = {"id": [1.0, None], "a": times}
    path = tmp_path / "a.parquet"
    path.write_bytes(packed(pa.table(columns)))
    staged = stage_file(InboxFile(path, PurePosixPath("a"), 1, "", (source,)), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    assert staged.good["asked_at"].to_list() == [datetime(2026, 10, 31, 1, tzinfo=UTC), datetime(2026, 10, 31, 1, 15, tzinfo=UTC)]
    assert staged.good["interaction_id"][0] == "1"
    assert staged.good["bare"].to_list() == [0, 0]


def test_a_dotted_path_reaches_into_structs_and_a_dotted_name_goes_first(read: Read) -> None:
    table = pa.table(
        {
            "From": [{"Name": "x", "to": {"day": 1}}, None, {"Name": None, "to": None}],
            "b.c": ["1", "2", "3"],
            "b": [{"c": "no"}, None, None],
        }
    )
    records = read(table, "from.name", "from.to.day", "b.c", "from.nowhere")
    assert records.headers == ["from.name", "from.to.day", "b.c"]
    assert cells(records) == [("x", "1", "1"), (None, None, "2"), (None, None, "3")]


def test_a_list_or_a_struct_in_place_of_a_value_is_named(read: Read) -> None:
    table = pa.table({"a": [[1], None, None, None, []], "b": [None, {"x": 1}, None, None, None], "c": [None, None, [{"x": 1}], None, None]})
    records = read(table, "a", "b", "c.x")
    assert refused(records) == [
        (1, "nested_value", "asked_at"),
        (2, "nested_value", "ward"),
        (3, "nested_value", "topic"),
        (5, "nested_value", "asked_at"),
    ]
    assert records.frame["row_number"].to_list() == [4]


def test_bytes_that_are_no_letters_cost_their_row(read: Read) -> None:
    records = read(pa.table({"a": pa.array([b"x", b"\xff", None, "Đ".encode()])}))
    assert refused(records) == [(2, "letters", "asked_at")]
    assert cells(records) == [("x",), (None,), ("Đ",)]


def test_texts_that_are_no_letters_make_the_file_unreadable(read: Read) -> None:
    raw = packed(pa.table({"a": ["Phường"]}), use_dictionary=False, compression="none", write_statistics=False)
    with pytest.raises(UnreadableError, match="UTF"):
        read(raw.replace("Phường".encode(), b"Ph\xff\xfe\xff\xfe\xff"[:8]))


def test_a_column_that_is_there_twice_is_refused(read: Read) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    for table in (twice, pa.table({"A": [1], "Á": [2]})):
        with pytest.raises(UnreadableError, match="'a' is there 2 times"):
            read(table)
    assert cells(read(pa.table({"A": [1], "a": [2]}))) == [("2",)]


def test_a_type_without_text_is_named(read: Read) -> None:
    with pytest.raises(UnreadableError, match=r"'a'.*duration"):
        read(pa.table({"a": pa.array([timedelta(1)])}))


@pytest.mark.parametrize(
    "options", [{}, {"row_group_size": 7}, {"compression": "zstd", "data_page_version": "2.0"}, {"use_dictionary": False}]
)
def test_groups_of_rows_and_batches_change_nothing(read: Read, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    table = pa.table({"a": [f"{i}" for i in range(30)], "b": [[i] if i % 4 == 0 else None for i in range(30)]})
    for chunk in (50_000, 4, 1):
        monkeypatch.setattr(parquet_records, "_CHUNK", chunk)
        records = read(table, "a", "b", **options)
        assert refused(records) == [(i + 1, "nested_value", "ward") for i in range(0, 30, 4)]
        assert cells(records) == [(f"{i}", None) for i in range(30) if i % 4]


def test_a_file_without_rows_and_a_packed_one_are_read(read: Read) -> None:
    assert read(pa.table({"a": pa.array([], pa.string())})).rows == 0
    assert cells(read(gzip.compress(packed(pa.table({"a": ["x"]}))), name="a.parquet.gz")) == [("x",)]


# -- too large, cut off, hostile -----------------------------------------------


def test_a_dictionary_that_repeats_a_long_text_is_refused_within_memory(tmp_path: Path, make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"', format="parquet")
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array(["x" * 1_000_000]))
    path = tmp_path / "a.parquet"
    path.write_bytes(packed(pa.table({"a": column})))
    assert path.stat().st_size < 100_000
    what, peak = read_alone(path, source.path)
    assert what == "refused"
    assert peak < 500


def test_what_a_file_says_of_its_size_is_believed_before_it_is_unpacked(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": [0] * 5_000, "b": ["y" * 100 + str(i) for i in range(5_000)]})
    monkeypatch.setattr(parquet_records, "UNPACKED_LIMIT", 100_000)
    monkeypatch.setattr(parquet_records, "CELL_LIMIT", 9_999)
    assert read(table, "a").rows == 5_000
    with pytest.raises(UnreadableError, match="100000 bytes"):
        read(table, "b", use_dictionary=False)
    with pytest.raises(UnreadableError, match="10000 cells"):
        read(table, "a", "b")


def test_texts_that_repeat_the_one_before_are_unpacked_a_few_at_a_time(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": ["x" * 100_000] * 200})
    options = {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}}
    largest = 0

    def watched(batch: Any, way: tuple[str, ...], header: str) -> Any:
        nonlocal largest
        largest = max(largest, batch.num_rows)
        return texts_of(batch, way, header)

    texts_of = parquet_records.texts_of
    monkeypatch.setattr(parquet_records, "texts_of", watched)
    monkeypatch.setattr(parquet_records, "_GROWN_AT_ONCE", 1_000_000)
    assert read(table, **options).rows == 200
    assert largest <= 10
    monkeypatch.setattr(parquet_records, "TEXT_LIMIT", 5_000_000)
    with pytest.raises(UnreadableError, match="5000000 bytes"):
        read(table, **options)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PAR1",
        b"PAR1PAR1",
        b"PAR1" + b"\0" * 8 + b"PAR1",
        b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1",
        b"PAR1" + b"\x1c" * 200_000 + (200_000).to_bytes(4, "little") + b"PAR1",
        b"PAR1" + b"\x19\xfc\xff\xff\xff\xff\x0f" + (7).to_bytes(4, "little") + b"PAR1",
        b"PAR1" + b"\x16" + b"\xff" * 30 + (31).to_bytes(4, "little") + b"PAR1",
        b"a,b\n1,2\n" * 10,
        b"\0" * 100 + b"PARE",
    ],
)
def test_what_is_no_parquet_file_is_one_reason(read: Read, raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(raw)


def test_a_file_that_holds_fewer_rows_than_it_promises_is_damaged(read: Read) -> None:
    plain = {"use_dictionary": False, "write_statistics": False, "store_schema": False, "compression": "none"}
    raw = packed(pa.table({"a": [str(i) for i in range(60)]}), **plain)
    start = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    sixty, more = bytes([120]), bytes([122])  # 60 and 61 as the footer writes them
    with pytest.raises(UnreadableError, match="promises 61 records and holds 60"):
        read(raw[:start] + raw[start:].replace(sixty, more))


def test_every_cut_is_a_reason(read: Read) -> None:
    raw = packed(pa.table({"a": ["x", "y"]}))
    for end in range(0, len(raw), 37):
        with pytest.raises(UnreadableError):
            read(raw[:end])
