"""Names stand as a Vietnamese roster has them."""

from random import Random

from pages.shared.order import alphabetical, by_given_name


def test_letters_stand_in_the_vietnamese_alphabet_and_tones_after_them() -> None:
    letters = ["a", "à", "ả", "ã", "á", "ạ", "ă", "â", "d", "đ", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"]
    shuffled = Random(1).sample(letters, len(letters))
    assert sorted(shuffled, key=alphabetical) == letters
    assert sorted(["Phường Đống Đa", "Phường Dịch Vọng", "Phường Ba Đình"], key=alphabetical)[-1] == "Phường Đống Đa"


def test_a_roster_goes_by_the_given_name_and_then_by_the_family() -> None:
    names = ["Trần Văn An", "Lê An", "Bùi Thị Ánh", "Đỗ Đức", "Ngô Dũng", "Lê Ân"]
    assert sorted(names, key=by_given_name) == ["Lê An", "Trần Văn An", "Bùi Thị Ánh", "Lê Ân", "Ngô Dũng", "Đỗ Đức"]
    assert by_given_name("") < by_given_name("a")
