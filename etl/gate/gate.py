"""The gate: validates a staged load with Great Expectations in a process of its own. The only module that knows that library.

Importing it takes seconds and hundreds of megabytes, so the process starts while files are still being read; whoever loads
again and again keeps one gate.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from etl.gate.checks import Check
from etl.settings import ROOT

if TYPE_CHECKING:  # its process begins with the library that it waits for
    import polars as pl


def no_gate() -> dict[str, Any]:
    """The verdict where there was nothing to judge."""
    return {"passed": True, "checks": [], "warnings": []}


class Gate:
    """A gate that is getting ready. Leave the block and its process is gone."""

    def __enter__(self) -> "Gate":
        self._folder = tempfile.TemporaryDirectory(prefix="langnghe-gate-")
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "etl.gate.gate", self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env=os.environ | {"GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore"},
            text=True,
        )
        self._checks: list[Check] = []
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._folder.cleanup()  # first: whoever is killed here leaves its process behind, which would remove it too
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def ask(self, checks: list[Check], frames: dict[str, "pl.DataFrame"]) -> None:
        """Hand over the checks and the frames they look at, and go on with other work."""
        if self._checks:
            self._verdicts()  # the load that asked before died without waiting for its answer
        self._checks = checks
        places = {name: str(Path(self._folder.name) / f"{i}.parquet") for i, name in enumerate(frames)}
        for name, frame in frames.items():
            frame.write_parquet(places[name], compression="uncompressed")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([asdict(check) | {"frame": places[check.frame]} for check in checks]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer will say why

    def answer(self) -> dict[str, Any]:
        """Wait for the verdict.

        Returns:
            ``{"passed": bool, "checks": [{"name", "passed", "observed", "limit"}], "warnings": [the same]}``. What only warns
            holds no load.

        Raises:
            RuntimeError: an expectation itself failed to run: a bug, not a fact about the data.
        """
        results: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
        for check, ok in zip(self._checks, self._verdicts(), strict=True):
            results[check.warns].append({"name": check.name, "passed": ok, "observed": check.observed, "limit": check.limit})
        self._checks = []
        return {"passed": all(check["passed"] for check in results[False]), "checks": results[False], "warnings": results[True]}

    def _verdicts(self) -> list[bool]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise RuntimeError(f"the gate failed:\n{self._errors.read()}")
        passed: list[bool] = json.loads(line)
        return passed


def serve(folder: str) -> None:
    """Be the gate's process, until whoever started it asks no more; if that is because it was killed, what it laid out goes too."""
    try:
        _serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve() -> None:
    """Answer each line of checks with a line of verdicts."""
    sys.modules["pyspark"] = None  # type: ignore[assignment]  # where it is installed it would be imported too, for nothing
    import great_expectations as gx
    import great_expectations.expectations as gxe
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    data = context.data_sources.add_pandas("staged").add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    for line in sys.stdin:
        request = json.loads(line)
        by_frame: dict[str, list[int]] = {}
        for i, check in enumerate(request):
            by_frame.setdefault(check["frame"], []).append(i)
        passed: list[bool | None] = [None] * len(request)
        for frame, numbers in by_frame.items():
            batch = data.get_batch(batch_parameters={"dataframe": pd.read_parquet(frame)})
            for i in numbers:
                expectation = getattr(gxe, request[i]["expectation"])(**request[i]["arguments"])
                result = batch.validate(expectation, result_format="BOOLEAN_ONLY")
                if not result.success and _raised(result.exception_info):
                    raise RuntimeError(f"{request[i]['name']}: {result.exception_info}")
                passed[i] = bool(result.success)
        print(json.dumps(passed), flush=True)


def _raised(information: Any) -> bool:
    """Whether an expectation crashed; the library hides that one level down, by metric."""
    if not isinstance(information, dict):
        return False
    return bool(information.get("raised_exception")) or any(_raised(inner) for inner in information.values())


if __name__ == "__main__":
    serve(sys.argv[1])
