"""Bars as values to draw: the template makes SVG of them, so no script is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Of the drawing, in its own units; the page scales it.
WIDTH, HEIGHT = 640, 200
_TOP, _BOTTOM, _LEFT = 12, 28, 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A piece of a bar."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str  #: What it says to who points at it, or hears it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars with their names under them."""

    bars: tuple[Bar, ...]
    names: tuple[tuple[float, str], ...]
    kinds: tuple[str, ...]
    top: int  #: The value at the top.
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - _BOTTOM
    left: int = _LEFT


def stacked(columns: Sequence[tuple[str, Mapping[str, int]]]) -> Chart:
    """Lay out a column for each name, a piece in it for each kind that has a count."""
    top = max((sum(counts.values()) for _, counts in columns), default=0)
    step = (WIDTH - _LEFT) / max(len(columns), 1)
    bars: list[Bar] = []
    names: list[tuple[float, str]] = []
    for index, (name, counts) in enumerate(columns):
        x, y = _LEFT + index * step, float(HEIGHT - _BOTTOM)
        for kind, count in counts.items():
            tall = count / top * (HEIGHT - _TOP - _BOTTOM) if top else 0.0
            y -= tall
            words = f"{name}: {count} {kind}"
            width = min(step * 0.7, 48)
            bars.append(Bar(x=x, y=y, width=width, height=tall, kind=kind, words=words))
        names.append((x, name))
    kinds = dict.fromkeys(kind for _, counts in columns for kind in counts)
    return Chart(bars=tuple(bars), names=tuple(names), kinds=tuple(kinds), top=top)
