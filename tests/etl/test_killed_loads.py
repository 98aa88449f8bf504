"""Killed at any instant: what is seen is the old version or the new one, and the next run gives what an undisturbed one gives."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from etl import load
from etl.gate.gate import Gate
from etl.load import Load
from etl.publishing.publish import Publication
from tests.etl.scene import Scene
from tests.etl.warm import Warm
from tests.numbers import times

POINTS = {"sqlite": times(6, 200), "postgresql": times(4, 120)}
POINTS_OF_A_FIRST = times(2, 20)
COLD = 10
"""Of so many points one is of the command as people start it, with its imports."""
THRICE = 4
"""Of so many points one is killed three times in a row."""
LOOK_EVERY = 0.02
"""Seconds that whoever reads beside it waits between two looks."""


def survive(scene: Scene, warm: Warm, folder: Path, points: int, **how: Any) -> str:
    """Kill the refresh at so many instants over its whole length, and let the next one find what is left; what came of it."""
    chance = Random(points)
    lengths = {
        cold: _looked_at(scene, warm, scene.home(folder / f"whole-{cold}"), cold=cold, **how)[1] for cold in {False, points > COLD // 2}
    }
    kills = looks = 0
    for point in range(points):
        settings, cold = scene.home(folder / str(point)), point % COLD == COLD // 2
        after = lengths[cold] * (point + chance.random()) / points
        for _time in range(3 if point % THRICE == 0 else 1):
            killed, _seconds, some = _looked_at(scene, warm, settings, kill_after=after, cold=cold, **how)
            kills, looks, after = kills + killed, looks + some, lengths[cold] * chance.random()
        scene.refresh(settings)
        shutil.rmtree(settings.home)
    return f"{points} points, {kills} kills while it ran, {looks} looks"


def _looked_at(scene: Scene, warm: Warm, settings: Any, **how: Any) -> tuple[bool, float, int]:
    """Run it while somebody reads: whether it was killed, how long it ran, and how often was looked."""
    warm.begin(scene.command(settings, **how))
    looks = 1
    while warm.is_running(LOOK_EVERY):
        scene.look(settings)
        looks += 1
    ended = warm.end()[0]
    scene.look(settings)
    assert ended.code in (0, -signal.SIGKILL), ended.output
    assert warm.left == [], "what was to be there for a moment only stays"
    return ended.code == -signal.SIGKILL, ended.seconds, looks


@pytest.mark.long
@pytest.mark.parametrize("empty", [False, True], ids=["second load", "first load"])
def test_a_refresh_may_be_killed_at_any_instant(
    empty: bool, backend: str, database: Callable[..., str], warm: Warm, gate: Gate, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, gate, database, empty)
    print(backend, survive(scene, warm, tmp_path, POINTS_OF_A_FIRST if empty else POINTS[backend]))


# -- broken on purpose --------------------------------------------------------


def in_two_transactions() -> None:
    """Rows first, and what they come to later: killed between the two."""

    def stage(self: Load, *_arguments: object) -> None:
        for written in self._written:
            written.result()
        self._record._connection.connection.driver_connection.commit()  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGKILL)

    Load.stage = stage  # type: ignore[method-assign]


def shown_before_the_commit() -> None:
    """Pages first, and the record later: killed between the two."""
    whole = load.write_version

    def write_version(*arguments: Any) -> Publication:
        whole(*arguments).show()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    load.write_version = write_version


@pytest.mark.parametrize("twin", [in_two_transactions, shown_before_the_commit])
def test_what_is_written_or_shown_in_halves_would_be_seen(
    twin: Callable[[], None], database: Callable[..., str], warm: Warm, gate: Gate, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, gate, database)
    with pytest.raises(AssertionError, match="neither the old nor the new"):
        survive(scene, warm, tmp_path, 1, twin=f"tests.etl.test_killed_loads:{twin.__name__}")
