"""dlt: kinds of rows appended to SQLite in one run, times as times; what it is told to do with a row that does not fit is its contract."""

import csv
import json
import os
import sqlite3
import sys
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "LOAD__WORKERS": "1"}

import dlt
from dlt.pipeline.exceptions import PipelineStepFailed

request = json.load(sys.stdin)
folder = Path(request["folder"])
folder.mkdir(parents=True, exist_ok=True)
database = folder / "dlt.sqlite"
pipeline = dlt.pipeline(
    "bench",
    destination=dlt.destinations.sqlalchemy(f"sqlite:///{database}"),
    dataset_name="main",
    pipelines_dir=str(folder / "pipelines"),
)
contract = {"data_type": request["contract"]} if request.get("contract") else None


def rows(path):
    with Path(path).open(newline="") as file:
        yield from csv.DictReader(file)


def resource(table, path, at):
    return dlt.resource(rows, name=table, columns={at: {"data_type": "timestamp"}}, schema_contract=contract)(path)


print("begun", flush=True)
error = None
try:
    pipeline.run([resource(*kind) for kind in request["kinds"]], write_disposition="append")
except PipelineStepFailed as failed:
    error = type(failed.__cause__).__name__
with sqlite3.connect(database) as connection:
    connection.row_factory = sqlite3.Row
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")} & {kind[0] for kind in request["kinds"]}
    found = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables} if request.get("show") else {}
print(json.dumps({"error": error, "rows": found}))
