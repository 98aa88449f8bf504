"""A published version whose files a full disk or a careless hand spoilt: said in one sentence, and written anew."""

import json
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.keeping.erasure import erase
from etl.publishing.versions import MANIFEST, POINTER, kept_versions, published, version_before
from tests.etl.house import House, case

DAMAGES = {
    "cut off": b'{"as_of": "2026-01-0',
    "empty": b"",
    "no JSON": b"\xff\xfe\0",
    "another thing": b"[]",
    "keys missing": b'{"as_of": "2026-01-05T02:00:00+00:00"}',
    "a time that is none": b'{"as_of": "yesterday", "checksum": "0", "first_on": null, "rows": {}}',
}


@pytest.mark.parametrize("name", ["000001/version.json", POINTER])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_it_is_one_sentence_that_names_the_file_and_the_next_load_heals_it(house: House, name: str, damage: bytes) -> None:
    house.source("log")
    whole = house.load("log.csv", [case(1)])
    path = house.settings.snapshots / name
    path.write_bytes(damage)
    with pytest.raises(UserError) as said:
        house.status()
    assert str(said.value) == f"{path} is damaged or gone: `python -m etl rebuild` writes what is shown anew from the record."
    assert house.load("log-2.csv", [case(2)])["version"] == "000002"
    assert [version.name for version in kept_versions(house.settings.snapshots)] == ["000002", "000001"]
    assert house.undo(2)["checksum"] == whole["checksum"]


def test_the_commands_of_people_say_so_and_rebuild_heals_it(house: House) -> None:
    house.source("log")
    whole = house.load("log.csv", [case(1)])
    (house.settings.snapshots / "000001" / MANIFEST).write_bytes(b"{")
    for command in (["etl", "status"], ["metrics", "figures", "--by", "all"]):
        done = house.run(*command, LANGNGHE_LANGUAGE="vi")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "version.json bị hỏng" in done.stderr
    assert house.rebuild()["checksum"] == whole["checksum"]
    assert house.table("interactions").height == 1


def test_an_earlier_version_that_is_damaged_keeps_nobody_from_the_others_and_goes(house: House) -> None:
    house.source("log")
    for number in (1, 2, 3):
        house.load(f"log-{number}.csv", [case(number)])
    snapshots = house.settings.snapshots
    (snapshots / "000002" / MANIFEST).write_bytes(b"")
    assert version_before(published(snapshots)) is None
    assert [load["moved"] for load in house.loads()] == [None, None, None]
    assert [version.name for version in kept_versions(snapshots)] == ["000003", "000001"]
    house.load("log-4.csv", [case(4)])
    assert not (snapshots / "000002").exists()


def test_a_version_that_does_not_say_what_it_holds_is_not_built_upon(house: House) -> None:
    house.source("log")
    house.load("log.csv", [case(1)])
    manifest: Path = house.settings.snapshots / "000001" / MANIFEST
    manifest.write_text(json.dumps({key: value for key, value in json.loads(manifest.read_text()).items() if key != "parts"}))
    house.load("log-2.csv", [case(2)])
    assert house.table("interactions").height == 2


def test_a_damaged_file_of_a_version_is_one_sentence_that_names_it_and_rebuild_heals_it(house: House) -> None:
    house.source("log")
    whole = house.load("log.csv", [case(1)])
    path = next((house.settings.snapshots / "000001" / "interactions").iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    done = house.run("metrics", "figures", "--by", "all")
    says = f"{path} is damaged or gone: `python -m etl rebuild` writes what is shown anew from the record.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", says)
    assert house.rebuild()["checksum"] == whole["checksum"]
    assert house.table("interactions").height == 1


def test_an_earlier_version_with_a_damaged_file_keeps_nobody_in_the_others(house: House) -> None:
    house.source("log", columns="link")
    asked = {"resident": "Canary", "link": "https://example.org/1"}
    for number in (1, 2, 3):
        house.load(f"log-{number}.csv", [case(number, **asked)])
    snapshots = house.settings.snapshots
    path = next((snapshots / "000001" / "interactions").iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    erase(house.settings, ["Canary"], house.said.append)
    assert [version.name for version in kept_versions(snapshots)] == ["000004", "000003", "000002"]
    for version in kept_versions(snapshots):
        assert pl.read_parquet(version.glob("interactions"))["link"].null_count() == int(version.rows["interactions"])


def test_figures_of_a_version_that_lacks_a_file_are_not_lower_but_refused_and_the_next_load_heals_it(house: House) -> None:
    house.source("log")
    house.load("log.csv", [case(1), case(2, asked_at="2026-02-01")])
    path = house.settings.snapshots / "000001" / "interactions" / "2026-01.parquet"
    path.unlink()
    for version in ([], ["--version", "000001"]):
        done = house.run("metrics", "figures", "--by", "all", *version)
        assert (done.returncode, done.stdout, done.stderr.startswith(f"{path} is damaged or gone: ")) == (2, "", True)
    house.load("log-3.csv", [case(3)])
    assert house.table("interactions").height == 3
