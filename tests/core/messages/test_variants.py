"""Who gets which variant of an edition."""

from aidigest.core.messages.variants import ChosenVariants
from aidigest.core.readers.preferences import Variant


def test_chosen_variants_are_found_by_subscriber() -> None:
    """They are kept in arrays, since a million readers may have chosen a language."""
    chips, german = Variant(topics=("chips",)), Variant(language="de")

    chosen = ChosenVariants([(2, chips), (5, german), (9, chips)])

    assert dict(chosen) == {2: chips, 5: german, 9: chips}
    assert [chosen.get(number) for number in (0, 3, 5, 10)] == [None, None, german, None]


def test_a_million_choices_share_their_values() -> None:
    """What is kept for each is a number."""
    chosen = ChosenVariants((number, Variant(language="vi")) for number in range(1_000))

    assert chosen[0] is chosen[999]
    assert len(chosen) == 1_000
