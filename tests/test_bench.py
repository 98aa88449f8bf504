"""The bench runs, at a size at which nothing it says is worth reading; its peers run where their environment is set up."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_bench_prints_its_table():
    environment = os.environ | {"BENCH_INTERACTIONS": "600", "BENCH_ROWS": "L1,V3", "BENCH_KILLS": "1"}
    done = subprocess.run([sys.executable, str(ROOT / "tests" / "bench")], env=environment, capture_output=True, text=True, check=True)
    rows = [line.split("  ")[0] for line in done.stdout.splitlines() if line.startswith(("L", "V", "–"))]
    assert rows == ["L1", "L1", "–", "–", "V4", "–", "V3", "V3", "V3", "V3"], done.stdout
