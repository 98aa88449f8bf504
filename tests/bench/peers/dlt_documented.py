"""dlt as its documentation says for CSV files: the filesystem source, its reader of CSV, appended to SQLite in the default file format."""

import json
import os
import sys
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
os.environ["LOAD__WORKERS"] = "1"  # SQLite has one writer: with more, dlt finds the database locked

import dlt
from dlt.sources.filesystem import filesystem, read_csv

request = json.load(sys.stdin)
folder = Path(request["folder"])
folder.mkdir(parents=True)


def resource(number, file):
    path = Path(file["path"])
    how = {"sep": file["separator"], "encoding": file["encoding"], "encoding_errors": "replace"}
    found = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name)
    return (found | read_csv(**how, dtype=str, on_bad_lines="skip")).with_name(f"file_{number}")


pipeline = dlt.pipeline(
    "bench",
    destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder / 'dlt.sqlite'}"),
    dataset_name="main",
    pipelines_dir=str(folder / "pipelines"),
)
pipeline.run([resource(i, file) for i, file in enumerate(request["files"])], write_disposition="append")
print(json.dumps({"rows": sum(pipeline.last_trace.last_normalize_info.row_counts.values())}))
