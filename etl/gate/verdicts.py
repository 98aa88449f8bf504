"""What the gate said of a load, in words: which checks ran, what they observed against which limit, and what each is for."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from etl import wording
from etl.gate.checks import KINDS
from etl.language import _

Gate = Mapping[str, Any]
Check = Mapping[str, Any]


def kind_name(kind: str) -> str:
    """A kind of check in words."""
    return {
        "quarantined_per_file": _("Share of refused rows in one file"),
        "quarantined_per_load": _("Share of refused rows in the load"),
        "unique": _("Keys that stand more than once"),
        "one_fold_per_row": _("Published rows without exactly one version"),
        "present": _("Required cells that are empty"),
        "listed": _("Values that are not listed"),
        "rows": _("Number of rows"),
        "unknown_officers": _("Share of unknown officers"),
        "unknown_wards": _("Share of unknown wards"),
        "emptied": _("Columns that are empty and were filled before"),
        "answer_seconds": _("Answer time, median"),
        "silent_channels": _("Channels that have fallen silent"),
    }[kind]


def advice(check: Check) -> str:
    """What a failed check may mean, and what to do."""
    broken = _("The loader itself did something wrong: tell whoever runs this server.")
    return {
        "quarantined_per_file": _("A source may no longer fit the file: look at its refused rows and mend the source or the file."),
        "quarantined_per_load": _("Look at the refused rows: one cause may lie behind most of them."),
        "unique": broken,
        "one_fold_per_row": broken,
        "present": broken,
        "listed": broken,
        "rows": _("A file may be missing, cut short, or hold more than its period."),
        "unknown_officers": _("The officers' column may have moved, or the list of officers may be old."),
        "unknown_wards": _("The wards' column may have moved, or its names may be written in another way."),
        "emptied": _("A header may have been renamed: compare the file with its source."),
        "answer_seconds": _("A column of times may be read wrongly, or the service has really changed."),
        "silent_channels": _("A file of theirs may be missing. Where a channel has ended, say so in the list of channels."),
    }.get(parts(str(check.get("name")))[0], "")


def parts(name: str) -> tuple[str, str]:
    """The kind of a check and what it looks at: ``rows.SOURCE`` is ("rows", "SOURCE"); kinds that nobody knows are themselves."""
    kind = max((kind for kind in KINDS if name == kind or name.startswith((f"{kind}.", f"{kind}_"))), key=len, default="")
    return (kind, name.removeprefix(kind)[1:]) if kind else (name, "")


def in_words(name: str) -> str:
    """A check in words; its own name where nobody knows it."""
    kind, place = parts(name)
    if kind not in KINDS:
        return name
    return f"{kind_name(kind)}: {place}" if place else kind_name(kind)


def failed(checks: Iterable[Check]) -> list[Check]:
    """The checks that did not pass."""
    return [check for check in checks if not check.get("passed")]


def holding(gate: Gate) -> list[Check]:
    """The failed checks that hold the load."""
    return failed(gate.get("checks") or [])


def warning(gate: Gate) -> list[Check]:
    """The failed checks that only warn."""
    return failed(gate.get("warnings") or [])


def measured(check: Check) -> tuple[str, str]:
    """What a check observed, and its limit, in words."""
    kind, _place = parts(str(check.get("name")))
    return _measured(check.get("observed"), kind), _measured(check.get("limit"), kind)


def _measured(value: Any, kind: str) -> str:
    if kind == "answer_seconds":
        seconds = [float(number) for number in str(value).split("–")] if value is not None else []
        return wording.durations(*seconds) if len(seconds) == 2 else wording.duration(next(iter(seconds), None))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float) and kind.startswith(("quarantined", "unknown")):
        return wording.percent(value)
    if isinstance(value, int):
        return wording.number(value)
    if isinstance(value, float):
        return wording.number(value, 3)
    return str(value) if value not in (None, "") else wording.NONE


def said(check: Check) -> str:
    """A check with what it observed and its limit, in one line."""
    observed, limit = measured(check)
    words = _("{check}: {observed}") if limit == wording.NONE else _("{check}: {observed} (limit {limit})")
    return words.format(check=in_words(str(check.get("name"))), observed=observed, limit=limit)


def reasons(gate: Gate) -> str:
    """The checks that hold a load in one line: what was observed against which limit."""
    return "; ".join(map(said, holding(gate)))


def table(gate: Gate) -> pl.DataFrame:
    """The gate's checks, those that hold first, then those that warn: check, what it looks at, observed, limit, result; in words."""
    held, warned, passed = _("holds the load"), _("warning"), _("passed")
    results = [(held if check in holding(gate) else passed, check) for check in gate.get("checks") or []]
    results += [(warned if check in warning(gate) else passed, check) for check in gate.get("warnings") or []]
    results.sort(key=lambda each: (held, warned, passed).index(each[0]))
    return pl.DataFrame([_line(result, check) for result, check in results])


def _line(result: str, check: Check) -> dict[str, str]:
    kind, place = parts(str(check.get("name")))
    observed, limit = measured(check)
    return {
        _("Check"): kind_name(kind) if kind in KINDS else kind,
        _("Looks at"): place or (_("each file") if kind == "quarantined_per_file" else _("the whole load")),
        _("Observed"): observed,
        _("Limit"): limit,
        _("Result"): result,
    }
