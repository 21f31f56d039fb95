"""The chart of deliveries on the preview's page."""

from datetime import UTC, datetime, timedelta

from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.preview.chart import Timeline, delivery_chart

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
COUNTS = {DeliveryState.SENT: 90, DeliveryState.REJECTED: 10}


def test_line_climbs_from_the_first_mail_to_what_was_sent() -> None:
    """90 of 100 in ten seconds: the line ends a tenth below the audience."""
    moments = [(NOW, 1), (NOW + timedelta(seconds=5), 60), (NOW + timedelta(seconds=10), 90)]

    chart = delivery_chart(Timeline(moments=moments, counts=COUNTS))

    assert 'points="0.0,118.8 300.0,48.0 600.0,12.0"' in chart
    assert "Deliveries: 90 sent, 10 rejected" in chart
    assert "<script" not in chart
    # The page's policy lets no style into an element.
    assert "style=" not in chart


def test_without_a_line_there_are_words() -> None:
    """One mail makes no curve."""
    chart = delivery_chart(Timeline(moments=[(NOW, 1)], counts={DeliveryState.SENT: 1}))

    assert chart == '<p class="dim">Deliveries: 1 sent</p>'
