"""One edition in the variants that its readers chose, each made once."""

from collections.abc import Callable, Mapping

from aidigest.core.editions import Edition, RenderedEdition
from aidigest.core.messages import MessageWriter
from aidigest.core.preferences import Variant

_AS_IT_IS = Variant()


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
