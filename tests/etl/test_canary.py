"""No resident passes the door: what was planted in every column a resident can stand in is found in no byte afterwards."""

import gzip
import json
from pathlib import Path

from tests.etl.house import House, case

CANARIES = [
    "Hoàng Thị Chim Vàng",
    "0912 345 678",
    "0987654321",
    "001099123456",
    "29A-123.45",
    "chimvang@example.vn",
    "https://facebook.com/chim.vang.99",
]


def found(content: bytes) -> list[str]:
    return [canary for canary in CANARIES if canary.encode() in content or canary.encode("utf-16-le") in content]


def test_no_resident_is_in_any_byte_of_the_home_or_of_what_was_said(house: House) -> None:
    house.source("log", columns="text")
    house.source("voice", "feedback")
    house.source("talk", "messages")
    story = " ".join(CANARIES)
    requests = [case(i, resident=canary, text=story, phone=canary) for i, canary in enumerate(CANARIES * 3)]
    refused = [case(f"x{i}", asked_at="soon", resident=canary, text=story) for i, canary in enumerate(CANARIES[:2])]
    broken = f"c99,2026-01-05,{story},one,too,many,{story}\n"
    voices = [
        {"feedback_id": f"f{i}", "kind": "complaint", "received_at": "2026-01-07 08:00", "resident": canary, "text": story}
        for i, canary in enumerate(CANARIES)
    ]
    roles = ("resident", "officer", "page", "bot")
    said = {"sent_at": "2026-01-06 08:00", "text": story}
    talks = [
        {"message_id": f"{role}{i}", "thread_id": f"t{i}", "author_role": role, "author": canary, **said}
        for i, canary in enumerate(CANARIES)
        for role in roles
    ]
    house.drop("voice.csv", voices)
    house.drop("talk.csv", [*talks, talks[0] | {"message_id": "x", "sent_at": "soon"}])
    house.drop("log-1.csv", [*requests, *refused])
    house.drop("log-2.csv.gz", gzip.compress((house.inbox / "log-1.csv").read_bytes() + broken.encode()))
    reports = [house.refresh()]
    assert reports[0]["gate"]["passed"]
    assert reports[0]["load_id"] == 1
    reports.append(house.refresh(again=house.inbox / "voice.csv"))
    said = json.dumps([*reports, house.status(), house.loads(), house.quarantine()], default=str, ensure_ascii=False) + "\n".join(
        house.said
    )
    assert found(said.encode()) == []
    printed = house.run("etl", "quarantine", "--json")
    assert len(json.loads(printed.stdout)["rows"]) == 6
    assert found((printed.stdout + printed.stderr).encode()) == []
    files = [path for path in house.settings.home.rglob("*") if path.is_file()]
    assert {"record.sqlite", "version.json", "current.json", "all.parquet"} <= {path.name for path in files}
    for path in files:
        assert found(path.read_bytes()) == [], path
    for path in house.settings.home.rglob("*.parquet"):  # compressed: looked at as text too
        import polars as pl

        texts = pl.read_parquet(path).select(pl.col(pl.String)).unpivot()["value"].drop_nulls().to_list()
        assert found("\n".join(texts).encode()) == [], path


def test_the_home_holds_no_copy_of_a_raw_file(house: House) -> None:
    house.load("log.csv", [case(1, resident="Chị Hoa")])
    raw = (house.inbox / "log.csv").read_bytes()
    assert not any(raw in path.read_bytes() for path in Path(house.settings.home).rglob("*") if path.is_file())
