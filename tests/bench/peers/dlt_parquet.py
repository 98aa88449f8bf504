"""dlt by its quickest way for tables, appended to SQLite: frames, which it hands on as Parquet."""

import json
import os
import sys
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
os.environ["LOAD__WORKERS"] = "1"  # SQLite has one writer: with more, dlt finds the database locked

import dlt
import pandas as pd

CHUNK = 100_000

request = json.load(sys.stdin)
folder = Path(request["folder"])
folder.mkdir(parents=True)


def frames(file):
    how = {"sep": file["separator"], "encoding": file["encoding"], "encoding_errors": "replace"}
    yield from pd.read_csv(file["path"], **how, dtype=str, on_bad_lines="skip", chunksize=CHUNK)


pipeline = dlt.pipeline(
    "bench",
    destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder / 'dlt.sqlite'}"),
    dataset_name="main",
    pipelines_dir=str(folder / "pipelines"),
)
resources = [dlt.resource(frames, name=f"file_{i}")(file) for i, file in enumerate(request["files"])]
pipeline.run(resources, write_disposition="append")
print(json.dumps({"rows": sum(pipeline.last_trace.last_normalize_info.row_counts.values())}))
