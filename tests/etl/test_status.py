"""Status before, between and after loads."""

from tests.etl.house import House, case


def test_before_the_first_load_there_is_nothing(house: House) -> None:
    house.drop("log.csv", [case(1)])
    report = house.status()
    assert (report["version"], report["as_of"], report["checksum"], report["loads"], report["held"]) == (None, None, None, 0, [])
    assert report["inbox"] == {"new": 1, "known": 0}
    assert set(report["rows"].values()) == {0}
    assert (house.loads(), house.quarantine()) == ([], [])
    assert not house.settings.home.exists()  # looking makes nothing


def test_a_mended_source_makes_its_files_new_again(house: House) -> None:
    house.load("log.csv", [case(1)])
    assert house.status()["inbox"] == {"new": 0, "known": 1}
    house.source("log", topic="theme")
    assert house.status()["inbox"] == {"new": 1, "known": 0}


def test_an_inbox_that_is_gone_is_empty(house: House) -> None:
    house.load("log.csv", [case(1)])
    (house.inbox / "log.csv").unlink()
    house.inbox.rmdir()
    assert house.status()["inbox"] == {"new": 0, "known": 0}


def test_refused_rows_of_a_file_that_was_mended_no_longer_wait(house: House) -> None:
    house.load("log.csv", [*(case(i) for i in range(8)), case(9, urgency="quick")])
    assert house.status()["quarantined"] == 1
    with (house.sources / "log.toml").open("a") as file:
        file.write('\n[values.urgency]\n"quick" = "urgent"\n')
    house.refresh()
    assert house.status()["quarantined"] == 0
    assert [(row["load_id"], row["fixed_in"]) for row in house.quarantine()] == [(1, 2)]
    house.undo(2)
    assert house.status()["quarantined"] == 1
    assert [(row["load_id"], row["fixed_in"]) for row in house.quarantine()] == [(1, None)]
