"""The row rules that look at more than one cell, and what each rule says to people."""

from dataclasses import dataclass

import polars as pl

from etl.language import _
from etl.staging.headings import called
from etl.times import local_date

TIMES_BOUNDED = ("interactions", "feedback", "messages", "channel_days")
"""Tables of what has happened; a roster may plan ahead."""


@dataclass(frozen=True, eq=False)
class RowRule:
    """A rule over one row: ``breaks`` is true where it is broken. Instants known only by date are compared by local date."""

    name: str
    column: str
    """The column named in quarantine."""
    breaks: pl.Expr


def _before(earlier: str, later: str) -> pl.Expr:
    """``earlier`` lies before ``later``."""
    by_date = pl.col(f"bare_{earlier}") | pl.col(f"bare_{later}")
    return pl.when(by_date).then(local_date(pl.col(earlier)) < local_date(pl.col(later))).otherwise(pl.col(earlier) < pl.col(later))


def _order(name: str, first: str, then: str) -> RowRule:
    return RowRule(name, then, _before(then, first))


RULES_OF: dict[str, tuple[RowRule, ...]] = {
    "interactions": (
        *(
            _order("before_asked", "asked_at", name)
            for name in ("acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at", "classified_at")
        ),
        _order("answered_before_acknowledged", "acknowledged_at", "answered_at"),
        _order("reopened_before_resolved", "first_resolved_at", "reopened_at"),
        _order("resolved_before_reopened", "reopened_at", "resolved_at"),
        _order("resolved_before_first", "first_resolved_at", "resolved_at"),
    ),
    "feedback": (
        RowRule("rating_only_for_ratings", "rating", pl.col("rating").is_not_null() & (pl.col("kind") != "rating")),
        _order("decided_before_received", "received_at", "decided_at"),
    ),
    "duties": (_order("ends_before_start", "starts_at", "ends_at"),),
    "postings": (RowRule("ends_before_start", "ends_on", pl.col("ends_on") < pl.col("starts_on")),),
}


def row_rule_masks(frame: pl.DataFrame, rules: tuple[RowRule, ...]) -> list[tuple[str, str, pl.Series]]:
    """For each rule its name, column and the rows that break it."""
    masks = frame.select(rule.breaks.fill_null(False).alias(str(i)) for i, rule in enumerate(rules))
    return [(rule.name, rule.column, masks[str(i)]) for i, rule in enumerate(rules)]


def sentences() -> dict[str, str]:
    """What each rule of a row says where it is broken, and what to do, in the language in use: with places for column and value."""
    return {
        "required": _("{column} is empty: fill it in."),
        "field_count": _("The line has more or fewer fields than the header: check separators and quotes."),
        "quoting": _("A quotation mark is opened and not closed: close it or leave it out."),
        "letters": _("The line holds bytes that are no letters: save the file as UTF-8, or type the line anew."),
        "letters_lost": _(
            "{column} says {value}: whoever wrote the file could not read a letter and put a sign for it; export it anew, or type the cell."
        ),
        "no_json_object": _("The record is no JSON object: write one whole object in braces."),
        "nested_too_deep": _("The record is nested too deep to be read: write it flatter."),
        "nested_value": _("{column} holds a list or an object where one value should stand: name the value within it by a dotted path."),
        "key_twice": _("{column} is there twice in one object, and which is meant nobody knows: leave one."),
        "time_unreadable": _("{column} says {value}, which fits no declared time format: write it as the other rows."),
        "time_ambiguous": _(
            "{column} says {value}: day and month may be either way round, and the column has both: write the month in one place."
        ),
        "time_too_early": _("{column} says {value}, before 4 February 2004: check the year."),
        "time_in_future": _("{column} says {value}, which has not come yet: check day and month."),
        "unlisted_value": _("{column} says {value}, which the source has no word for: mend the cell or add the word to [values.{name}]."),
        "not_a_number": _("{column} says {value}: write a whole number."),
        "number_range": _("{column} says {value}, outside what it may be: a rating is 1 to 5, a count 0 or more."),
        "id_characters": _("{column} holds control characters: type it anew."),
        "cell_error": _(
            "{column} says {value}: its formula in the sheet found nothing; mend it, empty the cell or type what it should say."
        ),
        "id_rounded": _(
            "{column} says {value}, a number that a spreadsheet has rounded: format the column as text and take it from its source."
        ),
        "id_too_long": _("{column} is longer than 200 letters: shorten it."),
        "text_null_byte": _("{column} holds a null byte, which no text has: the file is damaged there; type it anew."),
        "text_too_long": _("{column} is longer than 20,000 letters: shorten it."),
        "before_asked": _("{column} says {value}, before the request was asked: check both times."),
        "answered_before_acknowledged": _("{column} says {value}, before the request was acknowledged: check both times."),
        "reopened_before_resolved": _("{column} says {value}, before it was first resolved: check both times."),
        "resolved_before_reopened": _("{column} says {value}, before it was reopened: leave it empty while the case is open again."),
        "resolved_before_first": _("{column} says {value}, before it was first resolved: check both times."),
        "rating_only_for_ratings": _("Only a rating carries points: empty the cell in {column} or make the kind a rating."),
        "decided_before_received": _("{column} says {value}, before it was received: check both times."),
        "ends_before_start": _("{column} says {value}, before its start: check both."),
    }


def message(rule: str, column: str, heading: str | None, value: str) -> str:
    """What a broken rule says, and what to do, in the language in use.

    Args:
        rule: its name.
        column: the input column at fault.
        heading: what the file calls that column; None where it has no such column.
        value: what stands there, already masked.
    """
    said = sentences()[rule].format(column=called(column, heading), name=column, value=f"“{value}”")
    return said[:1].upper() + said[1:]
