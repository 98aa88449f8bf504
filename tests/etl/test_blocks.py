"""However a text is cut into blocks, the same comes of it; and however long it is, reading it takes no more memory."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl import box as boxes
from etl.box import Box
from etl.readers import read_file
from etl.reading import records
from etl.reference.topics import read_topics
from etl.settings import DATA
from etl.sources.inbox import InboxFile, single_file
from etl.sources.source import Source, read_source, read_sources
from etl.staging.stage import StagedFile, stage_file
from tests.numbers import times

LATEST = datetime(2026, 11, 1, tzinfo=UTC)
KEY = b"k" * 32
SAMPLES = sorted(path.name for path in (DATA / "sample").iterdir() if path.suffix in (".csv", ".json", ".jsonl"))


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources([DATA / "sources"])


def staged(file: InboxFile) -> dict[str, object]:
    """What comes of a file, comparable."""
    found = stage_file(file, LATEST, KEY, read_topics(), keep_text=True)
    facts = {name: getattr(found, name) for name in StagedFile.__dataclass_fields__}
    return {name: (fact.schema, fact.rows()) if isinstance(fact, pl.DataFrame) else fact for name, fact in facts.items()}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_shipped_sample_brings_the_same_line_by_line(sources: list[Source], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = single_file(DATA / "sample" / name, sources)
    at_once = staged(file)
    monkeypatch.setattr(records, "BLOCK", 1)
    assert staged(file) == at_once


def test_what_a_later_block_shows_of_day_and_month_holds_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.toml").write_text(
        'name = "s"\ntable = "interactions"\nfiles = ["*.csv"]\nformat = "csv"\ntimes = [["%d/%m/%Y", "%m/%d/%Y"]]\n'
        '[columns]\nasked_at = "at"\n'
    )
    (tmp_path / "a.csv").write_text("at\n03/04/2026\n05/06/2026\n04/25/2026\n")
    file = single_file(tmp_path / "a.csv", [read_source(tmp_path / "s.toml")])
    at_once = staged(file)
    monkeypatch.setattr(records, "BLOCK", 1)
    assert staged(file) == at_once
    assert "%m/%d/%Y" in str(at_once["reason"])


TEXTS = {
    "a.csv": ("id,at,text\n", '{},2026-10-01T08:00,"{}"\n', ""),
    "a.jsonl": ("", '{{"id": {}, "at": "2026-10-01T08:00", "text": "{}"}}\n', ""),
    "a.json": ("[", '{{"id": {}, "at": "2026-10-01T08:00", "text": "{}"}},', '{"id": 0, "at": "2026-10-01T08:00"}]'),
}
"""How a text of each format begins, goes on and ends."""


@pytest.mark.long
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_without_end_is_read_within_the_memory_of_a_short_one(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In one piece, it takes five times its size."""
    columns = 'interaction_id = "id"\nasked_at = "at"\ntext = "text"\n'
    (tmp_path / "s.toml").write_text(f'name = "s"\ntable = "interactions"\nfiles = ["*"]\nformat = "{name[2:]}"\n[columns]\n{columns}')
    looks: list[int] = []
    look = boxes._resident_size
    monkeypatch.setattr(boxes, "_resident_size", lambda process: looks.append(look(process)) or looks[-1])
    peaks = []
    for lines in (50_000, times(250_000, 5_000_000)):
        begin, line, end = TEXTS[name]
        with (tmp_path / name).open("w") as file:
            file.write(begin)
            file.writelines(line.format(number, "Xin hỏi thủ tục " * 10) for number in range(1, lines + 1))
            file.write(end)
        looks.clear()
        outcome = read_file(single_file(tmp_path / name, [read_source(tmp_path / "s.toml")]), LATEST, KEY, read_topics(), box)
        assert isinstance(outcome, StagedFile)
        assert outcome.good.height == outcome.rows == lines + (name == "a.json")
        peaks.append(max(looks))
    assert peaks[1] < 1.5 * peaks[0]
