"""Asks an OpenAI-compatible endpoint for a story's summary."""

import json
from collections.abc import Sequence

import urllib3

from aidigest.core.text import plain_text
from aidigest.errors import WriterError

#: No answer of ours needs more.
_MOST_BYTES = 65_536
_OK = 200

_TASK = (
    "You summarise news for a digest. Write one or two whole sentences, at most 280 characters"
    " in all, in the language with the code {language}. Use only what the sources say: no number,"
    " name or quotation that they do not have. No opinion, no heading, no markup."
)


class ChatWriter:
    """The SummaryWriter of the steps.

    Args:
        base_url: The endpoint's, such as `http://127.0.0.1:11434/v1`.
        model: The name the endpoint knows the model by.
        key: Sent as a bearer token where there is one.
        timeout_s: For the connection, and for each wait for bytes.
    """

    def __init__(self, *, base_url: str, model: str, key: str | None, timeout_s: float) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s), retries=False
        )

    def write(self, sources: Sequence[str], *, language: str) -> str:
        """Return a summary as plain text on one line; raise WriterError."""
        asked = {
            "model": self._model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": _TASK.format(language=language)},
                {"role": "user", "content": "\n\n".join(sources)},
            ],
        }
        return plain_text(self._ask(json.dumps(asked).encode()))

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _ask(self, body: bytes) -> str:
        try:
            answer = self._pool.request(
                "POST", self._url, body=body, headers=self._headers, preload_content=False
            )
            try:
                text = answer.read(_MOST_BYTES, decode_content=True)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise WriterError(f"{self._url} cannot be asked: {error}") from error
        if answer.status != _OK:
            raise WriterError(f"{self._url} answers {answer.status}")
        try:
            content = json.loads(text)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise WriterError(f"{self._url} answers something that is no completion") from error
        if not isinstance(content, str):
            raise WriterError(f"{self._url} answers without text")
        return content
