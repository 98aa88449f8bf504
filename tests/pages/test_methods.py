"""The methods page: every metric of the catalogue, in words, in both languages."""

import pytest

from etl.language import use_language
from metrics.catalogue import METRICS
from metrics.wording import metric_name
from pages.shared import definitions, principles

PAGE = "trust/methods.py"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_metric_stands_on_the_page_under_an_anchor_of_its_name(open_page, language):
    page = open_page(PAGE, lang=language)
    anchors = {heading.anchor for heading in page.subheader}
    assert {metric.name for metric in METRICS} <= anchors


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_metric_has_a_name_in_words(language):
    use_language(language)
    assert [metric.name for metric in METRICS if metric_name(metric.name) == metric.name] == []


def test_nothing_is_english_in_the_vietnamese_view():
    use_language("en")
    english = {text for pair in principles.principles() for text in pair} | {metric_name(metric.name) for metric in METRICS}
    use_language("vi")
    vietnamese = {text for pair in principles.principles() for text in pair} | {metric_name(metric.name) for metric in METRICS}
    assert english & vietnamese == set()


@pytest.mark.parametrize("search", ["đúng hạn", "DUNG HAN", "han dung"])
def test_a_figure_is_found_with_or_without_accents(search):
    assert "on_time" in [metric.name for metric in definitions.found(search)]


def test_what_nobody_named_is_told(open_page):
    page = open_page(PAGE)
    page.text_input(key="search").input("xyzzy").run()
    assert len(page.info) == 1
    assert len(page.subheader) == len(principles.principles())


def test_a_definition_names_minimum_method_and_source():
    on_time = next(metric for metric in METRICS if metric.name == "on_time")
    assert "n = 10" in definitions.facts(on_time)
    assert "Wilson 1927" in definitions.facts(on_time)
    assert "÷" in definitions.sentence(on_time)
