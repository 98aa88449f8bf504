import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import UserError
from etl.language import use_language
from etl.reference.topics import Topics, read_topics
from etl.text import fold

SHIPPED = ["theft", "traffic_accident", "emergency", "violation", "public_order", "procedure", "rumour", "information", "other"]


def topic(*raw: str | None) -> list[str | None]:
    return read_topics().topic(pl.Series("topic", raw, dtype=pl.String)).to_list()


def coded(*texts: str | None) -> list[str | None]:
    return read_topics().category_of_text(pl.Series("text", texts, dtype=pl.String)).to_list()


def read(path: Path, toml: str) -> Topics:
    file = path / "topics.toml"
    file.write_text(toml, encoding="utf-8")
    return read_topics(file)


def test_the_shipped_topics_in_their_order() -> None:
    assert [entry.id for entry in read_topics().topics] == SHIPPED
    assert read_topics().categories[-1].id == "other"


def test_a_topic_is_known_by_id_label_or_word() -> None:
    assert topic("theft", "Tai nạn giao thông", "Procedure", "căn cước", " TROM  CAP ") == [
        "theft",
        "traffic_accident",
        "procedure",
        "procedure",
        "theft",
    ]


def test_what_nobody_lists_stays_itself() -> None:
    assert topic("  Chó cắn ", "", None) == ["Chó cắn", "", None]


def test_no_values_are_no_topics() -> None:
    assert topic() == []


def test_a_category_is_known_by_its_word_and_a_topics_word_is_not() -> None:
    assert read_topics().category(pl.Series(["thai do", "Liêm chính", "trộm cắp"])).to_list() == ["attitude", "integrity", "trộm cắp"]


WORDS = [(word, entry.id) for entry in read_topics().topics for word in (entry.id, entry.vi, entry.en, *entry.words)]


@given(
    st.sampled_from(WORDS),
    st.sampled_from([str, fold, str.upper, lambda text: unicodedata.normalize("NFD", text)]),
    st.sampled_from(["", " ", "\t"]),
)
def test_case_accents_and_outer_space_do_not_matter(word: tuple[str, str], spelling: object, space: str) -> None:
    assert callable(spelling)
    assert topic(space + spelling(word[0]) + space) == [word[1]]


# Free texts


def test_a_text_is_coded_by_whole_words() -> None:
    assert coded("Cán bộ rất nhiệt tình!", "nhanh", "nhanhnhẹn", "xin chào", "", None) == ["helpfulness", "speed", None, None, None, None]


def test_of_several_categories_the_first_listed_counts() -> None:
    assert coded("nhanh, lịch sự, công bằng") == ["fairness"]
    assert coded("nhanh và lịch sự") == ["attitude"]


def test_accents_count_where_the_text_has_any() -> None:
    assert coded("làm việc quá chậm", "cô chăm chỉ", "lam viec qua cham") == ["speed", None, "speed"]


def test_tones_may_stand_on_either_vowel_and_texts_may_be_decomposed() -> None:
    assert coded("cán bộ hoà nhã", "cán bộ hòa nhã", unicodedata.normalize("NFD", "cán bộ Hòa Nhã")) == ["attitude"] * 3


def test_a_categorys_own_words_are_coded_to_it_or_to_one_listed_before() -> None:
    order = [entry.id for entry in read_topics().categories]
    for entry in read_topics().categories:
        for found in coded(*entry.words):
            assert found is not None
            assert order.index(found) <= order.index(entry.id)


# Labels


def test_labels() -> None:
    topics = read_topics()
    assert topics.label("theft", "vi") == "Trộm cắp, mất tài sản"
    assert topics.label("theft", "en") == "Theft"
    assert topics.label("Chó cắn", "en") == "Chó cắn"
    assert topics.label("procedure", "vi") == "Thủ tục hành chính"
    assert topics.category_label("procedure", "vi") == "Thủ tục, giấy tờ"
    assert topics.category_label("nothing", "vi") == "nothing"


# The file


@pytest.fixture
def _in_english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("vi")


ENTRY = '[[topics]]\nid = "a"\nvi = "A"\nen = "A"\n'


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[[topic]]\n", "topic.*topics"),
        (ENTRY + 'word = ["x"]', "word.*words"),
        ('[[topics]]\nid = "a"\nvi = "A"', r"\(a\) lacks en"),
        (ENTRY.replace('"a"', '"A b"'), "A b"),
        (ENTRY + 'words = "x"', r"words \(a\)"),
        (ENTRY + ENTRY, "a stands twice"),
        (ENTRY + 'parent = "nobody"', "nobody"),
        (ENTRY + 'words = ["Chó"]\n[[topics]]\nid = "b"\nvi = "B"\nen = "B"\nwords = ["cho"]', "'cho' stands for both a and b"),
        ("[[topics]", "topics.toml"),
    ],
)
@pytest.mark.usefixtures("_in_english")
def test_a_wrong_file_is_named(tmp_path: Path, toml: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        read(tmp_path, toml)


def test_a_city_may_list_its_own(tmp_path: Path) -> None:
    topics = read(tmp_path, ENTRY + 'words = ["Chó cắn"]')
    assert topics.topic(pl.Series(["cho can"])).to_list() == ["a"]
    assert topics.category_of_text(pl.Series(["nhanh"])).to_list() == [None]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    entry = '[[topics]]\nid = "{id}"\nvi = "Một"\nen = "One"\n'
    assert [topic.id for topic in read(tmp_path, entry.format(id="one")).topics] == ["one"]
    os.utime(tmp_path / "topics.toml", (0, 0))
    assert [topic.id for topic in read(tmp_path, entry.format(id="two")).topics] == ["two"]
