"""The figures a second time, in plain Python from the definitions: slow, without polars, numpy or the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import exp, log, sqrt
from typing import Any

from scipy.stats import chi2

Row = Mapping[str, Any]
Z = 1.959963984540054
DAY = timedelta(days=1)
ACTIVITY = ("members", "posts", "views", "shares", "corrections")
COUNTS = ("received", "overdue_open", "compliments", "complaints", "ratings", "formal", "tip_offs", *ACTIVITY)
MINIMUM = {"correction_median": 5, "unattributed": 1, "without_time": 1, "workload": 1}
MINIMUM |= {"member_growth": 50, "interactions_per_1000_members": 50}


def every(_case: Row) -> bool:
    return True


def local(at: datetime) -> datetime:
    return at + timedelta(hours=7)


def before(at: datetime | None, as_of: datetime) -> datetime | None:
    return at if at is not None and at <= as_of else None


def seen(row: Row, as_of: datetime) -> dict[str, Any]:
    """A case as it stood at as_of."""
    case = dict(row)
    for name in ("acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at", "classified_at"):
        case[name] = before(row.get(name), as_of)
    if row.get("classified_at") is not None and case["classified_at"] is None:
        case["verdict"] = None
    reopened, resolved = case["reopened_at"], case["resolved_at"]
    case["is_open"] = case["answered_at"] is None or (reopened is not None and (resolved is None or resolved < reopened))
    known = [at for at in (case["acknowledged_at"], case["answered_at"]) if at is not None]
    case["heard_at"] = min(known) if known else None
    return case


def shares(as_of: datetime) -> dict[str, tuple[Callable[[Row], bool], Callable[[Row], bool]]]:
    """Metric → (is in the numerator, is in the denominator), of cases."""

    def late_free(at: str, due: str) -> tuple[Callable[[Row], bool], Callable[[Row], bool]]:
        return (
            lambda c: c[at] is not None and c[at] <= c[due],
            lambda c: c["has_time"] and c.get(due) is not None and c[due] <= as_of,
        )

    def within(span: timedelta) -> tuple[Callable[[Row], bool], Callable[[Row], bool]]:
        return (
            lambda c: c["answered_at"] is not None and c["answered_at"] - c["asked_at"] <= span,
            lambda c: c["has_time"] and c["asked_at"] + span <= as_of,
        )

    def answered(c: Row) -> bool:
        return c["answered_at"] is not None

    return {
        "answered": (answered, every),
        "acknowledged_on_time": late_free("heard_at", "acknowledge_due"),
        "on_time": late_free("answered_at", "answer_due"),
        "answered_within_15m": within(timedelta(minutes=15)),
        "answered_within_1h": within(timedelta(hours=1)),
        "answered_within_24h": within(DAY),
        "reopened": (
            lambda c: c["reopened_at"] is not None and c["reopened_at"] - c["first_resolved_at"] <= 14 * DAY,
            lambda c: c["first_resolved_at"] is not None and c["first_resolved_at"] + 14 * DAY <= as_of,
        ),
        "rating_response": (lambda c: c["rated"], lambda c: c["resolved_at"] is not None),
        "tip_offs_founded": (
            lambda c: c.get("verdict") == "founded",
            lambda c: c["tip_off"] and c.get("verdict") in ("founded", "unfounded"),
        ),
        "night_share": (
            lambda c: local(c["asked_at"]).hour in (22, 23, 0, 1, 2, 3, 4, 5),
            lambda c: c["has_time"],
        ),
        "unattributed": (lambda c: c["officer_id"] == "unknown", answered),
        "without_time": (lambda c: not c["has_time"], every),
    }


def counts(as_of: datetime) -> dict[str, Callable[[Row], bool]]:
    """Metric → is counted, of cases."""

    def waits(low: int, high: int | None) -> Callable[[Row], bool]:
        return lambda c: c["is_open"] and as_of - c["asked_at"] >= low * DAY and (high is None or as_of - c["asked_at"] < high * DAY)

    return {
        "received": every,
        "overdue_open": lambda c: (
            c["has_time"] and c["answered_at"] is None and c.get("answer_due") is not None and c["answer_due"] < as_of
        ),
        "backlog": waits(0, None),
        "backlog_0_1d": waits(0, 1),
        "backlog_1_3d": waits(1, 3),
        "backlog_3_7d": waits(3, 7),
        "backlog_7_30d": waits(7, 30),
        "backlog_30d_up": waits(30, None),
        "tip_offs": lambda c: c["tip_off"],
    }


TIMES: dict[str, tuple[float, str, Callable[[Row], bool]]] = {
    "first_response_median": (0.5, "answered_at", lambda c: c["has_time"]),
    "first_response_p90": (0.9, "answered_at", lambda c: c["has_time"]),
    "resolution_median": (0.5, "resolved_at", lambda c: c["has_time"]),
    "resolution_p90": (0.9, "resolved_at", lambda c: c["has_time"]),
    "tip_off_classified_median": (0.5, "classified_at", lambda c: c["has_time"] and c["tip_off"]),
    "correction_median": (0.5, "answered_at", lambda c: c["has_time"] and c["topic"] == "rumour"),
}


def kaplan_meier(spans: Sequence[tuple[int, bool]], p: float) -> tuple[float | None, float | None, float | None]:
    """Quantile and limits of (seconds, ended) pairs, with exact fractions where R has doubles."""
    left = 1 - Fraction(str(p))
    curve, greenwood, points = Fraction(1), Fraction(0), []
    for at in sorted({seconds for seconds, ended in spans if ended}):
        n = sum(seconds >= at for seconds, _ in spans)
        d = sum(seconds == at and ended for seconds, ended in spans)
        curve *= Fraction(n - d, n)
        if curve:
            greenwood += Fraction(d, n * (n - d))
            theta = Z * sqrt(greenwood) / abs(log(curve))
            points.append((at, curve, float(curve) ** exp(theta), float(curve) ** exp(-theta)))
        else:
            points.append((at, curve, None, None))

    def first(column: int) -> float | None:
        known = [(point[0], point[column]) for point in points if point[column] is not None]
        for i, (at, height) in enumerate(known):
            if abs(height - left) <= 1e-12:
                below = [later for later, lower in known[i:] if lower < height - Fraction(1, 10**12)]
                return (at + (below[0] if below else at)) / 2
            if height < left:
                return at
        return None

    return first(1), first(2), first(3)


def wilson(x: int, n: int) -> tuple[float, float]:
    centre, spread = 2 * x + Z * Z, Z * sqrt(Z * Z + 4 * x * (n - x) / n)
    return (centre - spread) / (2 * (n + Z * Z)), (centre + spread) / (2 * (n + Z * Z))


def poisson(events: int) -> tuple[float, float]:
    if events < 10:
        return (chi2.ppf(0.025, 2 * events) / 2 if events else 0.0), chi2.ppf(0.975, 2 * events + 2) / 2
    up = events + 1
    low = events * (1 - 1 / (9 * events) - Z / (3 * sqrt(events))) ** 3
    return low, up * (1 - 1 / (9 * up) + Z / (3 * sqrt(up))) ** 3


def unit_of(row: Row, by: str, ward_map: str, attribution: Sequence[str], parents: Mapping[str, str]) -> str:
    ward = row["ward_then"] if ward_map == "then" else row["ward_code"]
    if by == "all":
        return "all"
    if by == "ward":
        return str(ward)
    if by == "province":
        return parents.get(ward, "unknown")
    if by == "officer":
        return str(row["officer_id"]) if row["attribution"] in attribution else "unknown"
    return str(row[{"channel": "channel_id", "platform": "platform", "topic": "topic"}[by]])


def figures(
    interactions: Sequence[Row],
    feedback: Sequence[Row],
    as_of: datetime,
    period: tuple[date, date],
    key: Callable[[Row], str],
    passes: Callable[[Row], bool],
    units: Sequence[str],
    activity: Sequence[Row] = (),
    duties: Sequence[Row] = (),
) -> dict[tuple[str, str], dict[str, Any]]:
    """(metric, unit) → value, lower, upper, numerator, denominator, state, held.

    ``activity`` are channels' days, ``duties`` shifts, each with its channel's or own ward and platform, already filtered.
    """

    def of_period(at: datetime) -> bool:
        return period[0] <= local(at).date() <= period[1]

    def inside(at: datetime) -> bool:
        return at <= as_of and of_period(at)

    voices = [f for f in feedback if f.get("outcome") != "withdrawn" and f["received_at"] <= as_of]
    about = [f for f in voices if not f["formal"] and f["counts"] and f.get("interaction_id")]
    cases, due = [], []
    for row in interactions:
        if row["status"] in ("withdrawn", "duplicate") or row["asked_at"] > as_of or not passes(row):
            continue
        linked = [f for f in about if (f["interaction_source"], f["interaction_id"]) == (row["source"], row["interaction_id"])]
        ratings = [f for f in linked if f["kind"] == "rating"]
        blame = [f for f in linked if f["kind"] == "complaint" or (f["kind"] == "rating" and f["rating"] in (1, 2))]
        case = seen(row, as_of) | {"rated": any(not f["held"] for f in ratings), "rating_held": sum(f["held"] for f in ratings)}
        case |= {"blamed": any(not f["held"] for f in blame), "blame_held": sum(f["held"] for f in blame)}
        if inside(row["asked_at"]):
            cases.append(case)
        if of_period(row.get("answer_due") or row["asked_at"]):
            due.append(case)
    days = [d for d in activity if period[0] <= d["day"] <= min(period[1], local(as_of).date())]
    shifts = [d for d in duties if inside(d["starts_at"])]
    voices = [f for f in voices if inside(f["received_at"]) and passes(f)]
    late = period[1] > local(as_of).date()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for unit in units:
        mine = [c for c in cases if key(c) == unit]
        said = [f for f in voices if key(f) == unit]
        fell_due = [c for c in due if key(c) == unit]
        answers = sum(c["answered_at"] is not None for c in mine)
        rows = {**of_cases(mine, as_of), **of_voices(said, answers), **of_deadlines(fell_due, as_of)}
        own = [d for d in days if key(d) == unit]
        rows |= of_activity(own, len(mine))
        rows["workload"] = workload(answers, [d for d in shifts if key(d) == unit])
        for metric, row in rows.items():
            shaky = {
                "days": any(d["provisional"] for d in own),
                "days and cases": any(x["provisional"] for x in (*mine, *own)),
                "due": any(c["provisional"] for c in fell_due),
                "cases": any(c["provisional"] for c in mine),
                "voices": any(f["provisional"] for f in said),
                "both": any(x["provisional"] for x in (*mine, *said)),
            }[row.pop("rests_on")]
            found[metric, unit] = finished(metric, row, late or shaky)
    return found


def of_cases(mine: Sequence[Row], as_of: datetime) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for metric, counted in counts(as_of).items():
        n = sum(counted(c) for c in mine)
        found[metric] = {"numerator": n, "denominator": None, "value": n, "rests_on": "cases"}
    for metric, (hit, base) in shares(as_of).items():
        held = sum(c["rating_held"] for c in mine if base(c)) if metric == "rating_response" else 0
        found[metric] = share(sum(base(c) and hit(c) for c in mine), sum(base(c) for c in mine), held) | {"rests_on": "cases"}
    for metric, (p, ends, base) in TIMES.items():
        spans = [(int(((c[ends] or as_of) - c["asked_at"]).total_seconds()), c[ends] is not None) for c in mine if base(c)]
        value, lower, upper = kaplan_meier(spans, p) if spans else (None, None, None)
        found[metric] = {"numerator": sum(ended for _, ended in spans), "denominator": len(spans), "rests_on": "cases"}
        found[metric] |= {"value": value, "lower": lower, "upper": upper}
        if spans and value is None:
            found[metric]["more_than"] = max(seconds for seconds, _ in spans)
    return found


def of_voices(said: Sequence[Row], exposure: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    plain = [f for f in said if not f["formal"]]
    kinds = {kind: [f for f in plain if f["kind"] == kind] for kind in ("compliment", "complaint", "rating")}
    numbers = {f"{kind}s": len(rows) for kind, rows in kinds.items()} | {"formal": len(said) - len(plain)}
    for metric, n in numbers.items():
        found[metric] = {"numerator": n, "denominator": None, "value": n, "rests_on": "voices"}

    def usable(rows: Sequence[Row]) -> int:
        return sum(f["counts"] and not f["held"] for f in rows)

    def held(rows: Sequence[Row]) -> int:
        return sum(f["counts"] and f["held"] for f in rows)

    upheld = [f for f in kinds["complaint"] if f.get("outcome") == "upheld" and not f["decided_late"]]
    rates = {"compliments_per_1000": kinds["compliment"], "complaints_per_1000": kinds["complaint"], "upheld_complaints_per_1000": upheld}
    for metric, rows in rates.items():
        events = usable(rows)
        found[metric] = {"numerator": events, "denominator": exposure, "held": held(rows), "rests_on": "both"}
        if exposure:
            low, high = poisson(events)
            found[metric] |= {"value": events * 1000 / exposure, "lower": low * 1000 / exposure, "upper": high * 1000 / exposure}
    both = [*kinds["compliment"], *kinds["complaint"]]
    happy = [f for f in kinds["rating"] if f["rating"] in (4, 5)]
    found["praise_share"] = share(usable(kinds["compliment"]), usable(both), held(both)) | {"rests_on": "voices"}
    found["rating_positive"] = share(usable(happy), usable(kinds["rating"]), held(kinds["rating"])) | {"rests_on": "voices"}
    return found


def of_deadlines(fell_due: Sequence[Row], as_of: datetime) -> dict[str, dict[str, Any]]:
    """Index 766, of cases whose deadline (or day of asking) lies in the period."""
    passed = [c for c in fell_due if c["has_time"] and c.get("answer_due") is not None and c["answer_due"] <= as_of]
    in_time = [c for c in passed if c["answered_at"] is not None and c["answered_at"] <= c["answer_due"]]
    answered = [c for c in fell_due if c["answered_at"] is not None]
    satisfied = []
    for c in answered:
        late = c["has_time"] and c.get("answer_due") is not None and c["answered_at"] > c["answer_due"]
        if not late and not c["blamed"]:
            satisfied.append(c)
    return {
        "on_time_766": share(len(in_time), len(passed), 0) | {"rests_on": "due"},
        "satisfaction_766": share(len(satisfied), len(answered), sum(c["blame_held"] for c in answered)) | {"rests_on": "due"},
    }


def of_activity(days: Sequence[Row], received: int) -> dict[str, dict[str, Any]]:
    """What channels did themselves: members by each channel's own first and last known day of the period."""
    by_channel: dict[str, list[Row]] = {}
    for d in sorted(days, key=lambda d: d["day"]):
        if d["members"] is not None:
            by_channel.setdefault(d["channel_id"], []).append(d)
    start = sum(known[0]["members"] for known in by_channel.values())
    end = sum(known[-1]["members"] for known in by_channel.values())
    numbers = {"members": end} | {name: sum(d[name] or 0 for d in days) for name in ACTIVITY[1:]}
    found = {name: {"numerator": n, "denominator": None, "value": n, "rests_on": "days"} for name, n in numbers.items()}
    found["member_growth"] = rate(end - start, start, 1000) | {"rests_on": "days"}
    found["interactions_per_1000_members"] = rate(received, end, 1000) | {"rests_on": "days and cases"}
    return found


def workload(answers: int, shifts: Sequence[Row]) -> dict[str, Any]:
    """Answers per day on which an officer began a shift in a ward."""
    days = {(d["officer_id"], d["ward_code"], local(d["starts_at"]).date()) for d in shifts}
    return rate(answers, len(days), 1) | {"rests_on": "cases"}


def rate(events: int, base: int, per: int) -> dict[str, Any]:
    row: dict[str, Any] = {"numerator": events, "denominator": base}
    if base:
        low, high = poisson(events) if events >= 0 else (None, None)
        limits = {"lower": low, "upper": high}
        row |= {"value": events * per / base} | {name: None if x is None else x * per / base for name, x in limits.items()}
    return row


def share(x: int, n: int, held: int) -> dict[str, Any]:
    row: dict[str, Any] = {"numerator": x, "denominator": n, "held": held}
    if n:
        lower, upper = wilson(x, n)
        row |= {"value": x / n, "lower": lower, "upper": upper}
    return row


def finished(metric: str, row: dict[str, Any], provisional: bool) -> dict[str, Any]:
    """The row with its state, and without what must not be printed."""
    minimum = MINIMUM.get(metric, 50 if metric.endswith("_per_1000") else 10)
    if metric in COUNTS or metric.startswith("backlog"):
        state = "provisional" if provisional else "ok"
    elif row["denominator"] == 0:
        state = "no_data"
    elif row["denominator"] < minimum:
        state = "too_few"
    elif row.get("held"):
        state = "under_review"
    else:
        state = "provisional" if provisional else "ok"
    printed = state not in ("no_data", "too_few")
    values = {name: row.get(name) if printed else None for name in ("value", "lower", "upper")}
    parts = [f"more_than:{row['more_than']}"] if printed and "more_than" in row else []
    parts += [f"held:{row['held']}"] if row.get("held") else []
    return values | {"numerator": row["numerator"], "denominator": row["denominator"], "state": state, "parts": parts}
