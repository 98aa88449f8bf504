"""What each rule says: a sentence for every rule there is, in both languages."""

import polars as pl
import pytest

from etl.language import use_language
from etl.staging import rules
from etl.staging.rules import RULES_OF, message, sentences


def test_every_row_rule_has_its_sentence() -> None:
    for table_rules in RULES_OF.values():
        for rule in table_rules:
            assert message(rule.name, rule.column, None, "x")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_says_what_to_do(language: str) -> None:
    use_language(language)
    try:
        silent = [rule for rule, sentence in sentences().items() if ": " not in sentence]
        assert silent == []
    finally:
        use_language("vi")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_value_with_braces_is_shown_as_it_is(language: str) -> None:
    use_language(language)
    try:
        assert "“{column}”" in message("not_a_number", "rating", "{value}", "{column}")
    finally:
        use_language("vi")


def test_a_missing_value_breaks_no_rule_over_two_cells() -> None:
    frame = pl.DataFrame({"ends_on": [None], "starts_on": [None]}, schema={"ends_on": pl.Date, "starts_on": pl.Date})
    ((_name, _column, broken),) = rules.row_rule_masks(frame, RULES_OF["postings"])
    assert broken.to_list() == [False]
