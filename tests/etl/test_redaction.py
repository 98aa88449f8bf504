"""Kept texts: redacted, for their days only, and how much redaction misses is counted and told."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.gate.gate import Gate
from etl.keeping.erasure import erase
from etl.keeping.retention import retain
from etl.record.record import open_record
from etl.settings import ROOT, read_settings
from etl.staging.redaction import redacted
from tests.etl.house import House, case

# Written by hand for this test; what may name a resident stands in {kind:…}.
CORPUS = """
Em tên là {name:Nguyễn Thị Thu Hà}, số điện thoại {number:0912 345 678}, muốn hỏi thủ tục tạm trú.
Nhà anh {name:Trần Văn Bình} hát karaoke suốt đêm, mong công an phường xử lý.
Tôi bị mất xe biển số {plate:29-B1 234.56} trước cổng chợ.
Xe ô tô {plate:30A-123.45} đỗ chắn lối đi, gọi {number:+84 987.654.321} không ai nghe.
Xe máy {plate:29X1 67890} vượt đèn đỏ.
CCCD của tôi là {number:001099123456}, cấp tại Hà Nội.
Gửi giấy tờ về {address:thuha.92@gmail.com} giúp em.
Xem bài ở {link:https://facebook.com/thu.ha.92} và {link:www.chothuong.vn/xe}.
Chuyển khoản nhầm vào tài khoản {number:1903 4567 8901 23} của chị {name:Lê Thị Mai}.
Cụ {name:Hồng} ở cuối ngõ đi lạc từ sáng.
{name:Phạm Quốc Bảo} nợ tiền không trả và đe doạ cả nhà.
bác {name:Tư} bán nước hay lấn vỉa hè.
anh {name:hùng} nhà số 5 đánh bạc.
chị {name:Hoa}, mẹ cháu {name:Bin}, hỏi về lịch làm căn cước.
Con tôi là {name:Bảo An} học lớp 3 bị bạn bắt nạt.
Liên hệ zalo {number:0369.888.777} gặp {name:Kiều Oanh}.
mr {name:David Nguyen} lost his passport, call {number:(091) 234-5678}.
Số của em là {number:không chín một hai ba bốn năm sáu bảy tám}.
Hộ chiếu {number:C1234567} bị rơi ở phố cổ.
Facebook của nó là {link:fb.com/hacker.cute}, tên {name:Quân}.
ông {name:NGUYỄN VĂN TÁM} say rượu gây rối.
Theo lời {name:nguyễn thị lan} thì trộm vào lúc 2 giờ.
Cô giáo {name:Thảo} làm mất học bạ.
Gọi cho {number:0243 8 222 333} hoặc {number:113}.
""".strip().splitlines()
MARK = re.compile(r"\{(\w+):([^}]*)\}")


def recall() -> dict[str, tuple[int, int]]:
    """Kind → how many were struck, and of how many."""
    plain = [MARK.sub(r"\2", line) for line in CORPUS]
    texts = redacted(pl.DataFrame({"text": plain})).to_list()
    found: dict[str, tuple[int, int]] = {}
    for line, text in zip(CORPUS, texts, strict=True):
        for kind, words in MARK.findall(line):
            struck, of = found.get(kind, (0, 0))
            left = [word for word in words.split() if word in text.split() or word in text.replace(",", " ").replace(".", " ").split()]
            found[kind] = (struck + (not left), of + 1)
    return found


def test_what_redaction_finds_is_what_the_docs_say() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    found = recall()
    assert set(found) == {"name", "number", "plate", "address", "link"}
    for kind, (struck, of) in found.items():
        assert f"{kind} {struck} of {of}" in page, (kind, struck, of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gọi 0912345678 nhé", "gọi *** nhé"),
        ("anh Trần Văn Bình hát", "anh *** hát"),
        ("Em hỏi lúc 8h ngày 5/1/2026, 3 người, 500 nghìn", "Em hỏi lúc 8h ngày 5/1/2026, 3 người, 500 nghìn"),
        ("Công an phường Láng ở đâu ạ?", "Công an phường Láng ở đâu ạ?"),
        ("29-B1 234.56", "***"),
        ("", ""),
        (None, None),
    ],
)
def test_what_is_struck_and_what_stays(text: str | None, expected: str | None) -> None:
    assert redacted(pl.DataFrame({"text": [text]}, schema={"text": pl.String()})).to_list() == [expected]


def test_the_rows_own_resident_is_struck_however_they_are_called() -> None:
    rows = pl.DataFrame({"text": ["chào, bé bi (x.y*) đây", "bé bi"], "resident": ["bé bi (x.y*)", None]})
    assert redacted(rows).to_list() == ["chào, *** đây", "bé bi"]


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, gate: Gate) -> House:
    made = House(tmp_path / "house", gate, request.getfixturevalue("postgresql")() if request.param == "postgresql" else "")
    made.source("log", columns="text")
    made.source("voice", "feedback")
    made.source("talk", "messages")
    made.settings = replace(made.settings, keep_text=7)
    return made


def texts(house: House) -> list[str]:
    with open_record(house.settings.database_url) as record:
        return [text["text"] for text in record.texts()]


def test_texts_are_kept_redacted_for_their_days_and_no_longer(house: House) -> None:
    house.drop("voice.csv", [{"feedback_id": "f1", "kind": "complaint", "received_at": "2026-01-07 08:00", "text": "chậm, gọi 0912345678"}])
    message = {"message_id": "m1", "thread_id": "t", "author_role": "resident", "author": "Lan", "sent_at": "2026-01-05 08:00"}
    house.drop("talk.csv", [message | {"text": "Lan hỏi"}])
    house.load("log.csv", [case(1, text="anh Bình hỏi", resident="Hoa"), case(2, text=""), case(3, text="mất xe")])
    assert texts(house) == ["anh *** hỏi", "mất xe", "*** hỏi", "chậm, gọi ***"]
    version = pl.read_parquet(house.settings.snapshots / "000001" / "interactions" / "*.parquet")
    assert "text" not in version.columns
    assert "mất xe".encode() not in b"".join(path.read_bytes() for path in house.settings.snapshots.rglob("*") if path.is_file())
    erase(house.settings, ["Hoa"], house.said.append)
    assert texts(house) == ["mất xe", "*** hỏi", "chậm, gọi ***"]
    house.refresh(again=house.inbox / "log.csv")
    assert texts(house) == ["mất xe", "*** hỏi", "chậm, gọi ***", "mất xe"]
    finished = house.loads()[-1]["finished_at"]
    for days, left in ((6, 4), (8, 0)):
        retain(house.settings, 240, 30, house.said.append, finished + timedelta(days=days))
        assert len(texts(house)) == left
    if house.status()["backend"] == "sqlite":
        assert "mất xe".encode() not in b"".join(path.read_bytes() for path in house.settings.home.glob("record*"))


def test_a_refresh_removes_what_may_no_longer_be_kept(house: House) -> None:
    house.load("log.csv", [case(1, text="mất xe")])
    house.refresh()
    assert texts(house) == ["mất xe"]
    house.settings = replace(house.settings, keep_text=0)
    house.load("log-2.csv", [case(2, text="mất ví")])
    assert texts(house) == []


def test_the_setting_is_a_number_of_days() -> None:
    assert read_settings({"LANGNGHE_KEEP_TEXT": "14"}).keep_text == 14
    assert read_settings({}).keep_text == 0
    for wrong in ("always", "-1", "1.5", "99999"):
        with pytest.raises(UserError, match="LANGNGHE_KEEP_TEXT"):
            read_settings({"LANGNGHE_KEEP_TEXT": wrong})
