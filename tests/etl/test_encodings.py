"""Which letters bytes stand for: detected where nothing is declared, never replaced, doubled ones undone."""

import codecs
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.reading import encodings
from etl.reading.encodings import KEEP_LOST, LOST, detect_encoding, needs_tidying, reading_of, tidy_letters, undouble
from etl.sources.inbox import UnreadableError

TEXT = "Mã,Nội dung\r\n1,Nguyễn Thị Ánh hỏi thủ tục đăng ký xe ở phường Hoàn Kiếm\r\n"
WORDS = "phường quận người đường hỏi thủ tục bị mất cắp ngã ba hoà giải là ở cũng ưu tiên ý kiến mẫu đã sửa Ầ ũ ĩ ỹ ắ ợ ữ".split(" ")  # noqa: SIM905


def cp1258(text: str) -> bytes:
    """Windows-1258 as Vietnamese programs write it: tone marks stand behind their letter."""
    out = []
    for c in unicodedata.normalize("NFC", text):
        try:
            out.append(c.encode("cp1258"))
        except UnicodeEncodeError:
            base = unicodedata.normalize("NFD", c)
            tone = next(m for m in base if m in "\u0300\u0301\u0303\u0309\u0323")
            out.append((unicodedata.normalize("NFC", base.replace(tone, "", 1)) + tone).encode("cp1258"))
    return b"".join(out)


def double(text: str, codec: str) -> str:
    """UTF-8 read as ``codec``; the five bytes that Windows-1252 leaves open are carried over."""
    raw = text.encode()
    if codec == "latin-1":
        return raw.decode(codec)
    return "".join(chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode(codec) for b in raw)


@pytest.mark.parametrize(
    ("raw", "codec"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (cp1258(TEXT), "cp1258"),
        ("Id,Text\r\n1,café à côté\r\n".encode("cp1252"), "cp1252"),
    ],
)
def test_an_encoding_is_known_by_its_bytes_and_gives_the_text_back(tmp_path: Path, raw: bytes, codec: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert detect_encoding(path) == codec
    text = raw.decode(codec)
    assert unicodedata.normalize("NFC", text) in (TEXT, "Id,Text\r\n1,café à côté\r\n")


def test_letters_far_into_a_file_tell_its_encoding_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_BLOCK", 64)
    monkeypatch.setattr(encodings, "_SAMPLE", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(b"Ma,Noi dung\r\n" * 100 + cp1258(TEXT))
    assert detect_encoding(path) == "cp1258"


@pytest.mark.parametrize("odd", [TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"), bytes(400)])
def test_a_line_of_other_letters_does_not_make_utf8_another_encoding(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\n".join([*[TEXT.encode()] * 3, odd, b""]))
    assert detect_encoding(path) == "utf-8"


def test_one_damaged_byte_does_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode() + b"2,\xff\r\n")
    assert reading_of(path, "auto") == reading_of(path, "utf-8") == ("utf-8", KEEP_LOST)


@pytest.mark.parametrize(
    ("raw", "codec", "declared"),
    [
        (TEXT.encode()[:-4], "utf-8", "utf-8"),  # within "ế"
        (TEXT.encode("utf-16")[:-5], "utf-16", "auto"),
        (TEXT.encode("utf-16-be")[:-5], "utf-16-be", "utf-16-be"),
        (cp1258(TEXT) + b"2,\x9d", "cp1258", "cp1258"),
    ],
)
def test_a_file_cut_within_a_letter_loses_that_letter_only(tmp_path: Path, raw: bytes, codec: str, declared: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    encoding, errors = reading_of(path, declared)
    assert (encoding, errors) == (codec, KEEP_LOST)
    text = unicodedata.normalize("NFC", path.read_text(encoding=encoding, errors=errors))
    assert len(LOST.findall(text)) in (1, 2)
    assert LOST.sub("", text)[:60] == TEXT.replace("\r\n", "\n")[:60]


@pytest.mark.parametrize(
    ("mark", "declared"), [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "UTF-16BE")]
)
def test_a_mark_is_no_letter_though_the_encoding_is_declared(tmp_path: Path, mark: bytes, declared: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + TEXT.encode(declared))
    encoding, errors = reading_of(path, declared)
    assert path.read_text(encoding=encoding, errors=errors) == TEXT.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("text", "encoding"), [("Id,Text\r\n1,Bình Hòa Quì\r\n", "cp1252"), ("Id,Text\r\n1,Đông Anh\r\n", "cp1258"), ("1,ở Đà", "cp1258")]
)
def test_few_letters_tell_windows_1258_from_1252(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(cp1258(text) if encoding == "cp1258" else text.encode(encoding))
    assert detect_encoding(path) == encoding


@pytest.mark.parametrize("declared", ["utf-8", "ascii", "utf-16", "cp1258"])
def test_a_declared_encoding_that_does_not_fit_is_refused(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"Ma,b\r\n1,\xff\x8f\x9d\r\n")
    with pytest.raises(UnreadableError, match=declared):
        reading_of(path, declared)


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.sampled_from(["cp1252", "latin-1"]),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_doubled_vietnamese_is_undone(words: list[str], codec: str, case: object) -> None:
    text = case(" ".join(words))  # type: ignore[operator]
    assert undouble(double(text, codec)) == text


@pytest.mark.parametrize("text", ["❤️", "Hồ sơ xong chưa ạ? ❤️ 😀", "Straße in Łódź – xong"])
def test_signs_that_nobody_writes_give_doubled_letters_of_any_language_away(text: str) -> None:
    frame = pl.DataFrame({"t": [double(text, "latin-1")]})
    assert needs_tidying(frame["t"].to_list())
    assert tidy_letters(frame, mend_doubled=True)["t"].to_list() == [unicodedata.normalize("NFC", text)]
    stray = "giá 5\u0096 ê"  # a dash of Windows-1252 read as Latin-1: no UTF-8
    assert undouble(stray) == stray


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.sampled_from([str.lower, str.upper, str.title]))
def test_correct_vietnamese_is_left_alone(words: list[str], case: object) -> None:
    text = case(" ".join(words))  # type: ignore[operator]
    assert undouble(text) == text


@pytest.mark.parametrize("text", ["ÂU CƠ", "NGUYỄN THỊ ÁNH", "Ã", "Â", "NGÃ…", "NGÃ\u00a0BA", "CÔ…", "CÂ’", "TÔ “THÂN”", "LÒ…"])
def test_capitals_that_look_doubled_are_left_alone(text: str) -> None:
    frame = tidy_letters(pl.DataFrame({"t": [text]}), mend_doubled=True)
    assert frame["t"].to_list() == [text]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3), st.sampled_from(["cp1252", "latin-1"]))
def test_the_quick_look_over_a_block_misses_no_doubled_text(words: list[str], codec: str) -> None:
    assert needs_tidying([double(" ".join(words), codec)]) or " ".join(words).isascii()


def test_doubled_cells_are_undone_beside_correct_ones() -> None:
    frame = pl.DataFrame({"t": ["Phường Hoàn Kiếm", double("Phường Hoàn Kiếm", "cp1252"), double("là", "latin-1"), None]})
    assert tidy_letters(frame, mend_doubled=True)["t"].to_list() == ["Phường Hoàn Kiếm", "Phường Hoàn Kiếm", "là", None]
    assert tidy_letters(frame, mend_doubled=False)["t"].to_list() == frame["t"].to_list()


def test_loose_accents_become_composed() -> None:
    frame = pl.DataFrame({"t": [unicodedata.normalize("NFD", "Phường")]})
    assert tidy_letters(frame, mend_doubled=False)["t"].to_list() == ["Phường"]
