"""When a run ends because of the relay, and what is then told."""

import pytest

from aidigest.core.delivery.deliveries import Consequence, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.trust import PATIENCE, Trust


def outcome(consequence: Consequence, *, reply: str = "no") -> DeliveryUpdate:
    """Return an outcome that means this for the run."""
    return DeliveryUpdate(
        delivery_id=1,
        state=DeliveryState.REJECTED,
        code=550,
        reply=reply,
        reason="the relay refused it for good",
        consequence=consequence,
    )


def after(*consequences: Consequence) -> Trust:
    """Return what is thought of the relay after these outcomes."""
    trust = Trust()
    for one in consequences:
        trust = trust.after(outcome(one))
    return trust


@pytest.mark.parametrize("doubtful", [Consequence.BE_WARY, Consequence.RECONNECT])
def test_doubtful_outcomes_in_a_row_end_the_run(doubtful: Consequence) -> None:
    """One may be the reader's; as many as that are not."""
    almost, over = after(*[doubtful] * (PATIENCE - 1)), after(*[doubtful] * PATIENCE)

    assert almost.broken == ""
    assert over.broken == f"the relay refused it for good: 550 no ({PATIENCE} in a row)"


def test_one_good_outcome_forgives_those_before_it() -> None:
    """A list has bad addresses all over, and a relay that takes mail between them is well."""
    row = [Consequence.BE_WARY] * (PATIENCE - 1)

    assert after(*row, Consequence.GO_ON, *row).broken == ""


def test_a_relay_that_refuses_us_is_believed_at_once() -> None:
    """To go on would only hurt the list."""
    assert after(Consequence.STOP).broken == "the relay refused it for good: 550 no"


def test_the_first_reason_is_the_one_that_is_told() -> None:
    """What follows is the same trouble in other words."""
    trust = (
        after(Consequence.STOP).lost("no connection").after(outcome(Consequence.STOP, reply="x"))
    )

    assert trust.broken == "the relay refused it for good: 550 no"
