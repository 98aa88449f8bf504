"""What the bench found, one row per promise and what it is compared with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One measurement."""

    promise: str
    what: str
    ours: float
    """Seconds, but for memory: GB."""
    other: float | None = None
    """The peer's, measured in the same run; None where there is none, or it is not installed."""
    most: float | None = None
    """Pass line of ours ÷ other; where there is no peer to compare with, of ours itself. None: only told, not promised."""
    versus: str = ""
    """Who the peer is."""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.other if self.other else None

    @property
    def verdict(self) -> str:
        """met, missed, or a dash where nothing is promised or the peer is missing."""
        measured = self.ratio if self.versus else self.ours
        if self.most is None or measured is None:
            return "–"
        return "met" if measured <= self.most else "missed"


HEAD = ("promise", "what", "ours", "other", "ratio", "at most", "verdict")


def table(results: list[Result]) -> str:
    """The results as a table of text, numbers to the right."""
    lines = [HEAD, *(_cells(result) for result in results)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    texts = (0, 1, 6)
    return "\n".join(
        "  ".join(cell.ljust(width) if i in texts else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    )


def _cells(result: Result) -> tuple[str, ...]:
    what = f"{result.what}, beside {result.versus}" if result.versus else result.what
    other = _number(result.other) if result.other is not None else "not installed" if result.versus else "–"
    return (result.promise, what, _number(result.ours), other, _number(result.ratio), _number(result.most), result.verdict)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
