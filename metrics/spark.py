"""The second engine: the same definitions on Apache Spark, which reads a version's Parquet files where they lie.

Imported only when it is asked for: it needs pyspark and Java.
"""

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import narwhals as nw
import polars as pl
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import DataFrame, SparkSession, functions

from etl.errors import UserError
from etl.language import _
from metrics.engine import SECOND, Frame

SETTINGS = {
    "spark.master": "local[*]",
    "spark.app.name": "langnghe",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.driver.maxResultSize": "0",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
}
TYPES = {pl.String: "string", pl.Boolean: "boolean", pl.Int64: "bigint", pl.Float64: "double", pl.Date: "date", pl.Datetime: "timestamp"}
WHOLE = {"timestamp": functions.unix_micros, "date": functions.unix_date}
"""What makes whole numbers of them."""


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator["Spark"]:
    """Spark in a process of its own, until the block is left.

    Args:
        settings: instead of SETTINGS and beside them.

    Raises:
        UserError: Java is missing or too old.
    """
    conf = SparkConf().setAll(list((SETTINGS | dict(settings or {})).items()))
    with tempfile.TemporaryFile("w+") as said, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # it is handed none
        try:
            gateway = launch_gateway(conf, {"stdout": said, "stderr": said})
        except PySparkRuntimeError:
            said.seek(0)
            why = said.read().strip().partition("\n")[0]
            raise UserError(_("--engine spark needs Java 17 or newer, which did not start: {why}", why=why)) from None
        session = SparkSession(SparkContext(conf=conf, gateway=gateway))
        try:
            yield Spark(session)
        finally:
            session.stop()
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            SparkContext._gateway = SparkContext._jvm = None


class Spark:
    """Its rows lie elsewhere: what is added up per unit, and of each case one number a clock, come back, and nothing else."""

    remembers = False

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._units = pl.Series(dtype=pl.Categorical)
        """Those that are numbered last: as long as they are kept here their numbers stay."""

    def scan(self, files: Sequence[Path], schema: Mapping[str, pl.DataType], wanted: Sequence[str]) -> Frame:
        """Read where they lie: none of their names is a pattern."""
        types = {name: TYPES[schema[name].base_type()] for name in wanted}
        declared = ", ".join(f"{name} {kind}" for name, kind in types.items())
        if files:
            paths = ["file:" + re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", str(file.absolute())) for file in files]
            rows = self._session.read.schema(declared).parquet(*paths)
        else:
            rows = self._session.createDataFrame([], declared)
        return _defined(rows.select(*(WHOLE.get(kind, functions.col)(name).alias(name) for name, kind in types.items())))

    def lazy(self, rows: pl.DataFrame) -> Frame:
        """Few rows, sent there."""
        return _defined(self._session.createDataFrame(rows.to_arrow()))

    def numbered(self, rows: Frame) -> Frame:
        """It groups by texts."""
        return rows

    def with_numbers(self, rows: Frame) -> Frame:
        """The units that occur come here, and their numbers go there."""
        self._units = pl.DataFrame(rows.to_native().select("unit").distinct().toArrow())["unit"].cast(pl.Categorical)
        numbers = pl.DataFrame({"unit": self._units.cast(pl.String), "number": self._units.to_physical().cast(pl.Int64)})
        return rows.join(self.lazy(numbers), on="unit", how="inner")

    def collect(self, frames: Sequence[Frame]) -> list[pl.DataFrame]:
        """One after the other: reading a few columns again is cheaper than keeping all of them."""
        return [pl.DataFrame(frame.to_native().toArrow()).with_columns(pl.col("^unit$").cast(pl.Categorical)) for frame in frames]

    def how_many(self, condition: nw.Expr) -> nw.Expr:
        """Spark adds up no flags."""
        return condition.cast(nw.Int64).sum()

    def month(self, instant: nw.Expr) -> nw.Expr:
        """To Spark a whole number is an instant in seconds."""
        return (instant // SECOND).cast(nw.Datetime("us", "UTC")).dt.month()


def _defined(rows: DataFrame) -> Frame:
    frame: Frame = nw.from_native(rows)
    return frame
