"""How long it takes, beside pandas, DuckDB, PostgreSQL and dlt in one run: ``make bench``.

Shared machines are noisy: quote the ratios. ``BENCH_INTERACTIONS`` (1,700,000) is the size of the made-up city,
``BENCH_ROWS`` (L1,V1,V2,V3,V5) what is measured, ``BENCH_KILLS`` (30) how often a loader is killed. The peers run in an environment of
their own; one that is missing is said to be.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import answering
import browsing
import loading
import surviving
from results import Result, table
from running import etl, measured

INTERACTIONS = int(os.environ.get("BENCH_INTERACTIONS", "1700000"))
ROWS = os.environ.get("BENCH_ROWS", "L1,V1,V2,V3,V5").split(",")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as name:
        folder = Path(name)
        city, home = folder / "city", folder / "home"
        etl("demo", str(city), "--interactions", str(INTERACTIONS), home=home)
        results: list[Result] = []
        if "L1" in ROWS:
            results += surviving.after_kills(folder / "kills")
        if "V1" in ROWS:
            results += loading.first_load(city, folder)
        if "V2" in ROWS:
            results += loading.days_file(city, folder)
        if "V3" in ROWS or "V5" in ROWS:
            whole = measured(lambda: etl("refresh", "--inbox", str(city), home=home))
            results += loading.whole_city(whole)
        if "V3" in ROWS:
            results += answering.all_wards(home, folder)
        if "V5" in ROWS:
            results += browsing.pages(home, folder)
    print(f"\n{INTERACTIONS:,} interactions, {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f} over the last 15 minutes\n")
    print(table(results))


if __name__ == "__main__":
    main()
