"""Several refreshes at once: one works, the others say so and go; whoever reads sees the old version or the new one."""

import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from etl import refresh
from etl.errors import BusyError, UserError
from etl.gate.gate import Gate
from etl.record import record
from etl.settings import Settings
from tests.etl.scene import Scene, record_says
from tests.etl.warm import Ended, Warm
from tests.numbers import times

READS = times(40, 2000)
"""Of pages and of the record."""
ROUNDS_OF_A_FIRST = times(1, 20)
AT_ONCE = 3


def three(scene: Scene, folder: Path) -> list[Settings]:
    """On SQLite one home thrice; on PostgreSQL three homes on one database."""
    first = scene.home(folder / "0")
    if first.database_url.startswith("sqlite"):
        return [first] * AT_ONCE
    return [first, *(scene.home(folder / str(n), first.database_url) for n in range(1, AT_ONCE))]


def at_once(scene: Scene, warm: Warm, homes: list[Settings], twin: Callable[[], None]) -> int:
    """Begin them together and read all the while; how many reads."""
    reads = 0
    warm.begin(*(scene.command(home, twin=f"tests.etl.test_together:{twin.__name__}") for home in homes))
    while warm.is_running():
        scene.look(homes[reads // 2 % AT_ONCE])
        reads += 2
    ended = warm.end()
    assert sorted(one.code for one in ended) == [0, *[BusyError.exit_code] * (AT_ONCE - 1)], ended
    assert [said(one) for one in ended if one.code] == ["Another refresh is running: wait until it has finished, then try again."] * 2
    assert {record_says(home) for home in homes} == {scene.new[1]}
    assert scene.new in [scene.look(home) for home in homes]
    return reads


def said(ended: Ended) -> str:
    return ended.output.strip()


def meet() -> None:
    """Whoever may write waits until the others were refused: that they are at it together is no matter of chance."""
    place = Path(os.environ["LANGNGHE_HOME"]).parent
    whole = refresh.heal

    def heal(*arguments: Any) -> None:
        while len(list(place.glob("refused-*"))) < AT_ONCE - 1:
            time.sleep(0.01)
        whole(*arguments)

    def refused(error: BusyError, *arguments: Any) -> None:
        UserError.__init__(error, *arguments)
        (place / f"refused-{os.getpid()}").touch()

    refresh.heal = heal
    BusyError.__init__ = refused  # type: ignore[method-assign]


def unlocked() -> None:
    """Nobody asks whether another is writing."""
    refresh.writer_lock = lambda _home: nullcontext()
    record._locked = lambda _connection: True


@pytest.mark.long
def test_one_works_and_the_others_are_told_so(database: Callable[..., str], warm: Warm, gate: Gate, tmp_path: Path) -> None:
    scene, reads, rounds = Scene(tmp_path, gate, database), 0, 0
    while reads < READS:
        reads += at_once(scene, warm, three(scene, tmp_path / f"round-{rounds}"), meet)
        rounds += 1
    print(f"{reads} reads in {rounds} rounds")


@pytest.mark.long
def test_one_makes_the_tables(database: Callable[..., str], warm: Warm, gate: Gate, tmp_path: Path) -> None:
    scene = Scene(tmp_path, gate, database, empty=True)
    for number in range(ROUNDS_OF_A_FIRST):
        at_once(scene, warm, three(scene, tmp_path / f"round-{number}"), meet)


@pytest.mark.parametrize("empty", [False, True])
def test_without_the_lock_it_would_show(empty: bool, database: Callable[..., str], warm: Warm, gate: Gate, tmp_path: Path) -> None:
    scene = Scene(tmp_path, gate, database, empty)
    with pytest.raises(AssertionError):
        at_once(scene, warm, three(scene, tmp_path / "round"), unlocked)
