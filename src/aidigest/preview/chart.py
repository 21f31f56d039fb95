"""The chart of an edition's deliveries: how many were done by when, and how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from aidigest.core.delivery.deliveries import DeliveryState

_WIDTH, _HEIGHT = 600, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """When an edition's deliveries came to where they stand."""

    moments: Sequence[tuple[datetime, int]]  #: Times, and how many were sent by then.
    counts: Mapping[DeliveryState, int]  #: How all of them stand.

    @property
    def total(self) -> int:
        """The audience."""
        return sum(self.counts.values())


def delivery_chart(timeline: Timeline) -> Markup:
    """Return a figure: a line that climbs to the audience, and the numbers in words.

    It uses the colours of the page around it and needs no script.
    """
    words = ", ".join(f"{count:,} {state.value}" for state, count in timeline.counts.items())
    caption = f"Deliveries: {words}"
    if len(timeline.moments) < 2 or not timeline.total:  # noqa: PLR2004 - A line needs two points.
        return Markup('<p class="dim">{}</p>').format(caption)
    first, last = timeline.moments[0][0], timeline.moments[-1][0]
    # Every value in it is a number of ours or escaped.
    return Markup(  # noqa: S704
        '<figure class="chart">'
        f'<svg viewBox="0 -4 {_WIDTH} {_HEIGHT + 8}" role="img" aria-label="{escape(caption)}"'
        ' preserveAspectRatio="none">'
        f'<line x1="0" y1="0" x2="{_WIDTH}" y2="0" stroke="var(--line)"'
        ' stroke-dasharray="4 4" vector-effect="non-scaling-stroke"/>'
        f'<line x1="0" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}" stroke="var(--line)"'
        ' vector-effect="non-scaling-stroke"/>'
        f'<polyline points="{_points(timeline)}" fill="none" stroke="var(--mark)"'
        ' stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
        f'<figcaption class="dim">{escape(caption)}. From {first:%H:%M:%S} to'
        f" {last:%H:%M:%S} UTC; the dashed line is the audience of {timeline.total:,}."
        "</figcaption></figure>"
    )


def _points(timeline: Timeline) -> str:
    first, last = timeline.moments[0][0], timeline.moments[-1][0]
    span = max((last - first).total_seconds(), 0.001)
    return " ".join(
        f"{_WIDTH * (at - first).total_seconds() / span:.1f},"
        f"{_HEIGHT * (1 - done / timeline.total):.1f}"
        for at, done in timeline.moments
    )
