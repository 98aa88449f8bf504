"""Why a ward stands where it stands, in one sentence."""

from collections.abc import Callable

import polars as pl

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.wording import metric_name
from pages.shared import mix, wording
from pages.shared.beside import expected
from pages.shared.cards import Row, by_metric, rests_on
from pages.shared.one_unit import Asked, overdue_now
from pages.shared.terms import literal


def answer(asked: Asked, every_ward: pl.DataFrame, period: str, told: Callable[[str], str] = literal) -> str:
    """The ward beside the whole and beside what its own cases let expect: on time, how fast, the topic in which it lies clearly
    below, and what is overdue.

    Args:
        asked: the ward's rows and the whole's.
        every_ward: the rows of ``on_time`` of all wards in the period: whether this one stands out among them.
        period: in words, to open a sentence with.
        told: how a name from the data is written: as Markdown, unless said otherwise.
    """
    mine, common = by_metric(asked.now), by_metric(asked.whole)
    parts = [_beside("on_time", mine, common)]
    signal = every_ward.filter(pl.col("unit") == mine["on_time"]["unit"])["signal"]
    if len(signal) and signal[0] in ("better", "worse"):
        parts.append(_("more than chance: {signal}", signal=wording.signal(signal[0])))
    if mine["first_response_median"]["value"] is not None:
        parts.append(_("half had a first answer within {time}", time=wording.duration(mine["first_response_median"]["value"])))
    topic = mix.clearly_below(asked.topics, asked.topics_everywhere, BY_NAME["on_time"], told)
    if topic:
        parts.append(_("furthest below in {topic}", topic=topic))
    elif mine["on_time"]["value"] is not None:
        parts.append(_("in no topic clearly below the whole"))
    parts.append(overdue_now(asked))
    return f"{period}: " + "; ".join(parts) + "."


def _beside(name: str, mine: dict[str, Row], common: dict[str, Row]) -> str:
    """One metric of the ward, of the whole, and as expected; what is too few says so."""
    row, beside = mine[name], common[name]
    if row["value"] is None:
        return f"{metric_name(name)}: {rests_on(row)}"
    share, whole = (wording.value(BY_NAME[name].kind, value) for value in (row["value"], beside["value"]))
    said = _("{share} of questions were answered on time ({rest}), {whole} all together", share=share, rest=rests_on(row), whole=whole)
    return said if row["expected"] is None else said + _(", {value} expected for cases like these", value=expected(row))
