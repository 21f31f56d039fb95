"""Messages of an edition, as their readers would get them."""

from functools import partial
from pathlib import Path

from aidigest.adapters.smtp_session import PATIENCE_S
from aidigest.app.parts import Parts
from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.messages.message import MessageWriter
from aidigest.core.messages.variants import VariantWriters
from aidigest.core.readers.preferences import vary

#: Signs the links of a preview where no key is set; they lead nowhere.
_PREVIEW_KEY = "preview"

#: The reader of previews and test copies: nobody's number.
_EXAMPLE_READER = 0


class Writing:
    """Writes messages, sent or only shown."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def writers(self, rendered: RenderedEdition, *, key: str) -> VariantWriters:
        """Return who writes an edition's messages, in the variants that readers chose."""
        return VariantWriters(
            rendered,
            self._parts.choices.variants(),
            vary=partial(vary, topics=self._parts.settings.topics),
            render=self._parts.renderer.render,
            writer=lambda variant: MessageWriter(
                variant, publisher=self._parts.publisher, key=key, sign=self._parts.sign
            ),
        )

    def example(self, rendered: RenderedEdition) -> bytes:
        """Return the message that a reader would get, written to an example."""
        key = self._parts.settings.secret_key or _PREVIEW_KEY
        writer = MessageWriter(rendered, publisher=self._parts.publisher, key=key)
        return writer.write(
            "reader@example.org", subscriber_id=_EXAMPLE_READER, now=rendered.edition.created_at
        )

    def send_test(self, rendered: RenderedEdition, address: str) -> str:
        """Send a copy marked as a test to one address; the ledger hears nothing of it.

        Returns:
            What the relay said.
        """
        writer = MessageWriter(
            rendered,
            publisher=self._parts.publisher,
            key=self._parts.settings.required_secret_key(),
            mark="[Test] ",
            sign=self._parts.sign,
        )
        message = writer.write(address, subscriber_id=_EXAMPLE_READER, now=self._parts.clock())
        with self._parts.mailers[0].session(patience_s=PATIENCE_S) as session:
            code, words = session.send(
                sender=self._parts.publisher.bounce_address,
                recipient=address,
                message=message,
                on_offer=lambda: None,
            )
        return f"{code} {words}"

    def write_messages(self, rendered: RenderedEdition, folder: Path) -> list[Path]:
        """Write an edition's messages as `.eml` files; nothing is sent or stored."""
        key = self._parts.settings.secret_key or _PREVIEW_KEY
        writers = self.writers(rendered, key=key)
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.eml"):
            stale.unlink()
        written = []
        for reader in self._parts.subscribers.active(rendered.edition.digest_id):
            path = folder / f"{reader.id}.eml"
            path.write_bytes(
                writers.of(reader.id).write(
                    reader.address, subscriber_id=reader.id, now=self._parts.clock()
                )
            )
            written.append(path)
        return written
