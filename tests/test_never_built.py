"""What is never built is looked for: nothing decides about a person, and no resident stands in what is published (promise J8, ADR 7)."""

import re
import subprocess
import sys

import pytest

from etl.tables import INPUT_TABLES, RESIDENTS, TIDY_TABLES
from metrics.catalogue import METRICS
from metrics.figures import RESULT

DECIDES = re.compile(r"(?:^|[_-])(score|risk|reward|bonus|medal|prize|penalt|punish|sanction|disciplin|predict)", re.IGNORECASE)
COLUMNS = {f"{table.name}.{column.name}" for tables in (INPUT_TABLES, TIDY_TABLES) for table in tables.values() for column in table.columns}


def test_no_column_metric_or_part_of_a_figure_is_a_reward_a_penalty_or_a_risk_score():
    names = {*(name.rpartition(".")[2] for name in COLUMNS), *(metric.name for metric in METRICS), *RESULT}
    assert len(names) > 100
    assert not [name for name in names if DECIDES.search(name)]


@pytest.mark.parametrize("command", [("etl", "refresh"), ("metrics", "figures"), ("metrics", "trend"), ("pages", "report")], ids=" ".join)
def test_no_command_asks_for_one(command: tuple[str, str]):
    said = subprocess.run([sys.executable, "-m", *command, "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"--[a-z-]+", said)
    assert options
    assert not [option for option in options if DECIDES.search(option)]


def test_no_published_table_holds_a_resident():
    published = {column.name for table in TIDY_TABLES.values() for column in table.columns}
    assert not published & {*RESIDENTS, "text", "author_role"}
