"""pandas: read_csv and to_sql, no check of any kind; text stays text; each file is a table of its own."""

import json
import sys
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

request = json.load(sys.stdin)
folder = Path(request["folder"])
folder.mkdir(parents=True)
engine = sa.create_engine(f"sqlite:///{folder / 'pandas.sqlite'}")
rows = 0
for file in request["files"]:
    how = {"sep": file["separator"], "encoding": file["encoding"], "encoding_errors": "replace"}
    frame = pd.read_csv(file["path"], **how, dtype=str, on_bad_lines="skip")
    frame.to_sql(Path(file["path"]).stem, engine, index=False)
    rows += len(frame)
engine.dispose()
print(json.dumps({"rows": rows}))
