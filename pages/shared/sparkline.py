"""A figure's course in a tile: a thin line in the band in which a process that does not change would stay."""

from pages.shared.picture import ACCENT, FAINT, MARK

Point = tuple[float, float | None, float | None]
"""A span's value, and the process limits around it; None for none."""
WIDTH, HEIGHT, EDGE, DOT = 260, 44, 5, 3
"""Pixels of the picture, of the room at its ends, and of a dot."""


def sparkline(points: list[Point]) -> str:
    """The course as an SVG; a dot where a span lies outside its limits, and at the end.

    Args:
        points: of each finished span, in order of time; two at least.
    """
    known = [number for point in points for number in point if number is not None]
    low, high = min(known), max(known)
    steps = [EDGE + (WIDTH - 2 * EDGE) * place / (len(points) - 1) for place in range(len(points))]

    def height(number: float) -> float:
        return HEIGHT / 2 if high == low else HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (number - low) / (high - low)

    def line(numbers: list[float]) -> str:
        return " ".join(f"{x:.1f},{height(number):.1f}" for x, number in zip(steps, numbers, strict=True))

    lower, upper = ([point[limit] for point in points] for limit in (1, 2))
    parts = []
    if None not in lower and None not in upper:
        below = line([number or 0.0 for number in lower]).split()[::-1]
        parts.append(f"<polygon points='{line([number or 0.0 for number in upper])} {' '.join(below)}' fill='{FAINT}' fill-opacity='0.5'/>")
    parts.append(f"<polyline points='{line([point[0] for point in points])}' fill='none' stroke='{MARK}' stroke-width='1.6'/>")
    for place, (value, least, most) in enumerate(points):
        outside = (least is not None and value < least) or (most is not None and value > most)
        if outside or place == len(points) - 1:
            colour = ACCENT if outside else MARK
            parts.append(f"<circle cx='{steps[place]:.1f}' cy='{height(value):.1f}' r='{DOT}' fill='{colour}'/>")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'>{''.join(parts)}</svg>"
    )
