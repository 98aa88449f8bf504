"""Commands under a stopwatch, ours and the peers': each in a process of its own, its imports and start included."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PEERS = Path(__file__).parent / "peers"
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
LOOK_EVERY = 0.2
"""Seconds between two looks at the memory in use."""


@dataclass(frozen=True)
class Measured:
    """What a command took."""

    seconds: float
    memory: float
    """Highest sum over it and its children, pages that they share counted once, in GB."""
    answer: Any


def etl(*arguments: str, home: Path) -> None:
    """Run the loader's command line on a home."""
    command = [sys.executable, "-m", "etl", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")}
    _run(command, env=environment | {"LANGNGHE_HOME": str(home)})


def peer(name: str, request: dict[str, Any]) -> Any:
    """What a peer's script answers to a request; None where its environment is not set up."""
    if not PEERS_PYTHON.exists():
        return None
    command = [str(PEERS_PYTHON), str(PEERS / f"{name}.py")]
    return json.loads(_run(command, input=json.dumps(request)).splitlines()[-1])


def _run(command: list[str], **how: Any) -> str:
    """What a command printed; where it fails, the end of what it complained of."""
    print("·", *(Path(part).name for part in command[1:5]), file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, **how)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed: {done.stderr[-2000:]}")
    return done.stdout


def measured(run: Callable[[], object]) -> Measured:
    """Seconds and memory of all child processes of a run."""
    highest = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_EVERY):
            highest[0] = max(highest[0], sum(map(_in_use, _below(os.getpid()))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        answer = run()
    finally:
        took = time.perf_counter() - began
        done.set()
        watcher.join()
    return Measured(took, highest[0] * 1024 / 1e9, answer)


def _below(process: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    found: list[int] = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            own = [int(child) for child in children.read_text().split()]
        except OSError:  # it has just ended
            continue
        found += [*own, *(grandchild for child in own for grandchild in _below(child))]
    return found


def _in_use(process: int) -> int:
    """Memory of a process in kB, a shared page divided among those who share it."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
