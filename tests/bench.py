"""How long it takes, side by side in one run: ``make bench``. Shared machines are noisy: quote the ratios, not the seconds."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

INTERACTIONS = int(os.environ.get("BENCH_INTERACTIONS", "300000"))
WARM_RUNS = 7


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def etl(*arguments: str, home: Path) -> None:
    command = [sys.executable, "-m", "etl", *arguments]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"LANGNGHE_HOME": str(home)}, check=True, capture_output=True)


def pandas_to_sql(city: Path, target: Path) -> None:
    """The same CSV files by pandas, without any check."""
    import pandas as pd
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{target}")
    for path in sorted(city.rglob("*.csv")):
        for encoding, separator in (("utf-8-sig", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1258", ";")):
            try:
                frame = pd.read_csv(path, sep=separator, encoding=encoding, dtype=str, on_bad_lines="skip")
            except (UnicodeError, pd.errors.ParserError):
                continue
            if frame.shape[1] > 1:
                break
        frame.to_sql(path.stem, engine, index=False, if_exists="replace")
    engine.dispose()


def warm_figures(home: Path) -> dict[str, float]:
    """Median seconds of all metrics over the whole history, once warm."""
    from etl.versions import current_version
    from metrics.figures import figures
    from metrics.query import Query
    from metrics.scope import COMMAND_LINE

    version = current_version(home / "snapshots")
    assert version is not None
    found = {}
    for by in ("all", "ward", "officer"):
        query = Query(by=by)
        figures(version, query, COMMAND_LINE)
        times = sorted(seconds(lambda query=query: figures(version, query, COMMAND_LINE)) for _run in range(WARM_RUNS))
        found[by] = times[WARM_RUNS // 2]
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as folder:
        city, home = Path(folder) / "city", Path(folder) / "home"
        rows: list[tuple[str, str]] = []
        made = seconds(lambda: etl("demo", str(city), "--interactions", str(INTERACTIONS), "--wards", "120", home=home))
        rows.append((f"make a city of {INTERACTIONS:,} interactions", f"{made:.1f} s"))
        loaded = seconds(lambda: etl("refresh", "--inbox", str(city), home=home))
        rows.append(("load it, every check on", f"{loaded:.1f} s"))
        plain = seconds(lambda: pandas_to_sql(city, Path(folder) / "pandas.sqlite"))
        rows.append(("pandas read_csv + to_sql of its CSV files, no check", f"{plain:.1f} s"))
        rows.append(("ratio", f"{loaded / plain:.2f}"))
        again = seconds(lambda: etl("refresh", "--inbox", str(city), home=home))
        rows.append(("refresh with nothing new", f"{again:.1f} s"))
        for by, found in warm_figures(home).items():
            rows.append((f"all metrics by {by}, whole history, warm (median of {WARM_RUNS})", f"{found:.3f} s"))
    width = max(len(name) for name, _value in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value:>8}")


if __name__ == "__main__":
    main()
