"""One edition in the variants that its readers chose, each made once."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.messages.message import MessageWriter
from aidigest.core.readers.preferences import Variant

_AS_IT_IS = Variant()


class ChosenVariants(Mapping[int, Variant]):
    """Variants by subscriber, in twelve bytes for each: there may be a million of them.

    Args:
        chosen: Subscribers' row ids, growing, and what each chose.
    """

    def __init__(self, chosen: Iterable[tuple[int, Variant]]) -> None:
        self._ids = array("q")
        self._numbers = array("I")  #: Of each one's variant.
        numbers: dict[Variant, int] = {}
        for subscriber_id, variant in chosen:
            self._ids.append(subscriber_id)
            self._numbers.append(numbers.setdefault(variant, len(numbers)))
        self._variants = tuple(numbers)

    def __getitem__(self, subscriber_id: int) -> Variant:
        """Return what the subscriber chose."""
        place = bisect_left(self._ids, subscriber_id)
        if place == len(self._ids) or self._ids[place] != subscriber_id:
            raise KeyError(subscriber_id)
        return self._variants[self._numbers[place]]

    def __iter__(self) -> Iterator[int]:
        """Return the subscribers."""
        return iter(self._ids)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ids)


class VariantWriters:
    """Finds the writer of the variant that a reader chose.

    Args:
        rendered: The edition as everybody gets it who chose nothing.
        chosen: The variant of each subscriber who chose one.
        vary: Makes a variant of the edition.
        render: Renders it.
        writer: Makes the writer of its messages.
    """

    def __init__(
        self,
        rendered: RenderedEdition,
        chosen: Mapping[int, Variant],
        *,
        vary: Callable[[Edition, Variant], Edition],
        render: Callable[[Edition], RenderedEdition],
        writer: Callable[[RenderedEdition], MessageWriter],
    ) -> None:
        self._rendered = rendered
        self._chosen = chosen
        self._vary = vary
        self._render = render
        self._writer = writer
        self._made: dict[Edition, MessageWriter] = {rendered.edition: writer(rendered)}
        self._of: dict[Variant, MessageWriter] = {_AS_IT_IS: self._made[rendered.edition]}

    def of(self, subscriber_id: int) -> MessageWriter:
        """Return who writes to that reader."""
        variant = self._chosen.get(subscriber_id, _AS_IT_IS)
        if variant not in self._of:
            self._of[variant] = self._make(variant)
        return self._of[variant]

    def _make(self, variant: Variant) -> MessageWriter:
        edition = self._vary(self._rendered.edition, variant)
        # Whoever chose, after the audience was frozen, topics that have no news gets it whole.
        edition = edition if edition.sections else self._rendered.edition
        if edition not in self._made:
            self._made[edition] = self._writer(self._render(edition))
        return self._made[edition]
