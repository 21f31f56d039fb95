"""Who gets which variant of an edition."""

from dataclasses import replace

from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.core.messages.variants import ChosenVariants, VariantWriters
from aidigest.core.readers.preferences import Variant
from samples import rendered


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


def test_each_variant_is_rendered_once() -> None:
    """Of four readers, two chose the same and one what everybody gets; a render takes a while."""
    usual, asked = rendered(), list[Edition]()
    publisher = Publisher(base_url="https://digest.example", sender="digest@digest.example")

    def render(edition: Edition) -> RenderedEdition:
        asked.append(edition)
        return replace(usual, edition=edition)

    vi, same = Variant(language="vi"), Variant(language=usual.edition.language)
    writers = VariantWriters(
        usual,
        {1: vi, 2: vi, 3: same},
        vary=lambda edition, variant: replace(edition, language=variant.language or "en"),
        render=render,
        writer=lambda variant: MessageWriter(variant, publisher=publisher, key="k"),
    )
    one, two, three, four = map(writers.of, (1, 2, 3, 4))

    assert [edition.language for edition in asked] == ["vi"]
    assert one is two
    assert three is four
