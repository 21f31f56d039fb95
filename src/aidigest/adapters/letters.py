"""Letters to who asked for a digest on the web, out of `templates/web/`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from aidigest.adapters.pages import PageRenderer
from aidigest.core.messages.message import Publisher
from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.confirmation_mail import Letter, letter_bytes
from aidigest.core.readers.joining import CONFIRM_WITHIN, Waiting, sign_confirmation
from aidigest.core.readers.subscriber import Subscriber, Suppression


class LetterWriter:
    """Writes them.

    Args:
        pages: Renders the words.
        publisher: Who sends.
        key: Signs the links.
        titles: Of the digests, by id.
        sign: Returns the message with a signature before it.
    """

    def __init__(
        self,
        *,
        pages: PageRenderer,
        publisher: Publisher,
        key: str,
        titles: Mapping[str, str],
        sign: Callable[[bytes], bytes] = lambda message: message,
    ) -> None:
        self._pages = pages
        self._publisher = publisher
        self._key = key
        self._titles = titles
        self._sign = sign

    def write(
        self,
        waiting: Waiting,
        *,
        known: Subscriber | None,
        suppression: Suppression | None,
        now: datetime,
    ) -> bytes | None:
        """Return the message, or None where the address must not be written to.

        Who has all that was asked for already is told so: only the address's
        owner learns it.
        """
        if suppression is not None:
            return None
        has_all = known is not None and set(waiting.asking.digests) <= set(known.digests)
        if known is not None and has_all:
            return self._letter("known", waiting, url=self._preferences_url(known), now=now)
        token = sign_confirmation(waiting.id, key=self._key)
        url = f"{self._publisher.base_url}/confirm/{token}"
        return self._letter("confirm", waiting, url=url, now=now)

    def _preferences_url(self, known: Subscriber) -> str:
        leaving = Leaving(digest_id=known.digests[0], subscriber_id=known.id)
        token = sign(leaving, key=self._key)
        return f"{self._publisher.base_url}/unsubscribe/{token}/preferences"

    def _letter(self, kind: str, waiting: Waiting, *, url: str, now: datetime) -> bytes:
        asking = waiting.asking
        language = asking.language if asking.language in self._pages.languages else "en"
        titles = ", ".join(self._titles.get(one, one) for one in asking.digests)
        values = {"url": url, "titles": titles, "days": CONFIRM_WITHIN.days}
        subject, _, text = self._pages.page(
            f"{kind}_mail.txt", language=language, **values
        ).partition("\n")
        # The same asking has the same id, so a mail sent twice shows once.
        mark = sha256(f"{self._key}:asking:{waiting.id}".encode()).hexdigest()[:32]
        letter = letter_bytes(
            Letter(subject=subject.strip(), text=text.strip() + "\n"),
            sender=self._publisher.sender,
            to=asking.address,
            message_id=f"<asking.{mark}@{self._publisher.domain}>",
            language=language,
            now=now,
        )
        return self._sign(letter)
