"""What a metric's record says in words: how it is computed, what is left out, and an example. Written from the catalogue."""

from etl.language import _, current_language
from metrics.declaration import PER, Metric
from metrics.examples import EXAMPLES

POPULATION = {
    "interactions": ("withdrawn and duplicate cases", "cases asked after the data's date"),
    "deadlines": ("withdrawn and duplicate cases", "cases asked after the data's date"),
    "feedback": ("withdrawn feedback", "feedback received after the data's date"),
    "channel_days": ("days after the data's date",),
    "duties": ("shifts that begin after the data's date",),
}
"""What no metric of a population counts."""
FORMAL = "formal complaints and denunciations"
VOICES = ("repeated feedback of one resident about the same officer or ward in a week", "feedback held as a wave until a person has looked")
CONDITIONS = {
    "timed": "cases of which only the date is known",
    "acknowledge_passed": "cases without a deadline, or whose deadline has not passed by the data's date",
    "answer_passed": "cases without a deadline, or whose deadline has not passed by the data's date",
    "age": "cases asked, or resolved, too shortly before the data's date to know",
}
"""What a condition on a column leaves out of shares and times."""


def formula(metric: Metric) -> str:
    """How the figure is computed, in one line."""
    if metric.kind == "count":
        return _("number of: {numerator}", numerator=metric.numerator)
    if metric.kind == "time":
        start = _("from asked; ends: {numerator}; among: {denominator}", numerator=metric.numerator, denominator=metric.denominator)
        share = _("half of them") if metric.quantile == 0.5 else _("nine of ten of them")
        return _("the time within which the clock has ended for {share} ({clock})", share=share, clock=start)
    per = _(" × 1,000") if metric.per == "per_1000" and metric.kind == "rate" else ""
    return f"{metric.numerator} ÷ {metric.denominator}{per}"


def exclusions(metric: Metric) -> list[str]:
    """What is left out of both sides of the figure."""
    ids = [text for of in dict.fromkeys((metric.of, metric.below)) for text in POPULATION[of]]
    if metric.of == "feedback":
        ids += [FORMAL] if metric.name != "formal" else []
        ids += VOICES if metric.kind != "count" else ()
    among = repr(metric.clock.base if metric.clock else metric.hits if metric.kind == "count" else metric.base)
    if metric.kind != "count" or metric.name == "overdue_open":
        ids += [text for column, text in CONDITIONS.items() if f"col({column})" in among and among != "col(age).__ge__(0)"]
    return [_(text) for text in dict.fromkeys(ids)]


def example(metric: Metric) -> str:
    """A worked example: what lies in the record, and what comes of it."""
    worked = EXAMPLES[metric.name]
    return f"{worked.story} → {_result(metric)}"


def _result(metric: Metric) -> str:
    """ "7 ÷ 10 = 70 %" and the like, as the language in use writes it."""
    worked = EXAMPLES[metric.name]
    if metric.kind == "count":
        return _number(worked.value)
    if metric.kind == "time":
        hours = _number(worked.value / 3600)
        return _("{hours} hours ({events} of {cases} ended)", hours=hours, events=worked.numerator, cases=worked.denominator)
    start = f"{worked.numerator} ÷ {worked.denominator}"
    if metric.kind == "share":
        return f"{start} = {_number(worked.value * 100)}{' %' if current_language() == 'vi' else '%'}"
    per = f" × {_number(PER[metric.per])}" if PER[metric.per] > 1 else ""
    return f"{start}{per} = {_number(worked.value)}"


def _number(value: float) -> str:
    """ "5,5" in Vietnamese, "5.5" in English; whole numbers without a point."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.", ".,")) if current_language() == "vi" else text
