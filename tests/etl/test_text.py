"""How texts are compared, and what of a text may be shown."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.text import conceal_column, defused, fold, fold_column, mask, nearest, nfc

LETTERS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=20)


@pytest.mark.parametrize("text", ["Khẩn cấp", "  khan   CAP ", "KHẨN CẤP", unicodedata.normalize("NFD", "khẩn cấp"), "khẩn\tcấp"])
def test_case_accents_and_spaces_do_not_tell_texts_apart(text: str) -> None:
    assert fold(text) == "khan cap"


def test_the_letter_đ_is_a_d() -> None:
    assert fold("Đường Đê") == "duong de"


@given(LETTERS)
def test_one_text_and_a_column_of_texts_are_folded_alike(text: str) -> None:
    assert pl.DataFrame({"t": [text]}).select(fold_column(pl.col("t"))).item() == fold(text)


def test_stored_text_is_composed_and_trimmed() -> None:
    assert nfc(unicodedata.normalize("NFD", " Phường Ngã Tư ")) == "Phường Ngã Tư"


def test_the_nearest_word_is_named_and_a_far_one_is_not() -> None:
    assert nearest("colums", ["columns", "values"]) == "columns"
    assert nearest("zzz", ["columns", "values"]) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234", "1234"),
        ("012345678901", "0123********"),
        ("gọi 0912345678", "gọi 0912******"),
        ("0912 345 678", "0912***"),
        ("0912.345.678", "0912***"),
        ("(091) 234-5678", "(091)***"),
        ("lan.tran@example.org hỏi", "*** hỏi"),
        ("@lan.tran", "***"),
        ("xem https://facebook.com/lan.tran nhé", "xem *** nhé"),
        ("zalo.me/g/abc", "***"),
        ("www.facebook.com/lan", "***"),
        ("2026-13-31 08:15", "2026-13-31 08:15"),
        ("31.13.2026", "31.13.2026"),
        ("32/10/2026 08:15", "32/10/2026 08:15"),
        ("a\nb\x00", "a·b·"),
    ],
)
def test_what_could_name_a_resident_is_masked_and_a_wrong_date_is_not(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(st.sampled_from("0123456789 .-()ab"), max_size=30))
def test_no_five_digits_in_a_row_are_ever_shown(value: str) -> None:
    shown = mask(value)
    assert not any(shown[i : i + 5].isdigit() for i in range(len(shown) - 4))


def test_a_long_value_is_cut() -> None:
    assert len(mask("chữ " * 100)) == 80
    assert len(mask("chữ " * 1000)) == 80
    assert mask("x" * 16_000_000) == "*** …"
    assert "lan" not in mask("1234567 " * 49 + "lan.tran@example.org hỏi", limit=1000)
    assert "0912" not in mask("chữ " * 97 + "0912 345 678 " * 9, limit=1000)


def test_what_people_write_beside_a_ward_or_topic_is_masked_and_its_number_stays() -> None:
    plain = ["00163", "Phường Láng", "P.Lang/Dong Da", "TT.Huế", "Tổ 12, P. Bến Nghé, 2026-01-05", None]
    odd = ["P. Láng, 0912345678", "0912.345.678", "P. Láng lan@b.vn", "xem www.a.vn/lan", "123456789"]
    masked = ["P. Láng, 0912******", "0912***", "P. Láng ***", "xem ***", "1234*****"]
    assert conceal_column(pl.Series("ward", [*plain, *odd])).to_list() == [*plain, *masked]


def test_a_text_longer_than_any_name_is_not_put_in_order() -> None:
    endless = "  Đ" + "\u0301\u0323" * 500_000  # would take hours
    assert fold(endless) == nfc(endless) == endless
    assert fold("  Đ" + "\u0301\u0323") == "d"


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_what_a_spreadsheet_would_run_is_plain_and_one_apostrophe_off_restores_it(text: str) -> None:
    changed = defused(text)
    assert changed in (text, "'" + text)
    assert changed.startswith("'") == (changed != text)  # no two texts look alike
    assert not changed.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["Hoàn Kiếm", "", "a=1", 3, -0.5, None])
def test_other_cells_stay(cell: object) -> None:
    assert defused(cell) == cell
