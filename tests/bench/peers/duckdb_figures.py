"""DuckDB: the figures by one SQL statement, straight from the snapshot's Parquet files, and from a table of them in memory."""

import json
import statistics
import sys
import time

import duckdb

request = json.load(sys.stdin)
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
as_of = f"TIMESTAMPTZ '{request['as_of']}'"
waited = f"epoch_us(CASE WHEN answered_at <= {as_of} THEN answered_at ELSE {as_of} END) - epoch_us(asked_at)"
median = f"median(({waited}) // 1000000) FILTER (WHERE has_time) AS median"
files = f"read_parquet('{request['files']}')"
connection.execute(f"CREATE TABLE interactions AS SELECT * FROM {files}")
seconds = {}
for kept, source in (("files", files), ("memory", "interactions")):
    statement = request["select"].format(rows=source, as_of=as_of, median=median)
    times = []
    for _run in range(request["runs"] + 1):
        began = time.perf_counter()
        rows = connection.execute(statement).fetchall()
        times.append(time.perf_counter() - began)
    seconds[kept] = statistics.median(times[1:])
print(json.dumps({"seconds": seconds, "rows": rows}))
