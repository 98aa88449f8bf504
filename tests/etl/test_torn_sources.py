"""A source that was torn or written wrongly is one sentence, or reads what it says: no file ends in an error of the loader for it."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from random import Random

import pytest

from etl.errors import UserError
from etl.reference.topics import read_topics
from etl.settings import DATA
from etl.sources.inbox import UnreadableError, single_file
from etl.sources.source import read_source
from etl.staging.stage import stage_file
from tests.numbers import times

VALUES = [
    *("true", "2", "-1", "nan", "1979-05-27", '""', "[]", "{}", "[1]", "[[]]"),
    *('"auto"', '"."', '"/"', '"a..b"', '"("', '"tcvn3"', '"utf-16"'),
    *('"nowhere"', '["nowhere", "/nowhere"]', '["vietnamese"]', '["unix"]', '[["%Q", "%d"]]', '["jsonl", "json"]', '["x", "id"]'),
    *('{ of = "nowhere" }', "{ of = 5 }", '[{ of = "a", pattern = "(" }]', '{ value = "x", where = { "zz" = "*" } }'),
    *('{ same = ["nowhere", "id"], then = "page" }', '{ same = ["a"] }'),
]


def torn(text: str, chance: Random) -> str:
    """A source with one line that is another, twice there, cut off, or has one more sign."""
    lines = text.splitlines()
    place = chance.randrange(len(lines))
    line, way = lines[place], chance.random()
    if way < 0.6 and " = " in line:
        lines[place] = f"{line.partition(' = ')[0]} = {chance.choice(VALUES)}"
    elif way < 0.75:
        lines.insert(chance.randrange(len(lines)), line)
    else:
        cut = chance.randint(0, len(line))
        lines[place] = line[:cut] + (chance.choice("\"'[]{}=\\#,.\x00é") + line[cut:] if way < 0.9 else "")
    return "\n".join(lines)


@pytest.mark.long
def test_a_torn_source_is_one_sentence_or_reads_what_it_says(tmp_path: Path) -> None:
    chance, latest, topics = Random(15), datetime(2026, 11, 1, tzinfo=UTC), read_topics()
    shipped, samples = sorted((DATA / "sources").glob("*.toml")), sorted((DATA / "sample").iterdir())
    said = read = 0
    for _number in range(times(200, 10_000)):
        path = tmp_path / "torn.toml"
        path.write_text(torn(chance.choice(shipped).read_text(encoding="utf-8"), chance), encoding="utf-8")
        try:
            source = read_source(path)
        except UserError:
            said += 1
            continue
        for sample in samples:
            if source.fits(PurePosixPath(sample.name)):
                try:
                    read += stage_file(single_file(sample, [source]), latest, b"k" * 32, topics).rows
                except UnreadableError:
                    said += 1
    assert said > times(50, 2_500)
    assert read > times(100, 5_000)
