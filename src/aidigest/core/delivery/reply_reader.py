"""Replies of a relay, put together from the bytes that come."""

#: Stands for the code of what has none.
NO_CODE = -1

#: A reply longer than this is none; RFC 5321 allows 512 bytes a line.
_LONGEST_REPLY = 64 * 1024


class ReplyReader:
    """Takes bytes in and gives whole replies out (RFC 5321, section 4.2.1)."""

    def __init__(self) -> None:
        self._incoming = b""
        self._lines: list[str] = []

    def take(self, data: bytes) -> None:
        """Take in what came."""
        self._incoming += data

    @property
    def is_endless(self) -> bool:
        """Whether what has come is longer than any reply, and no end is in sight."""
        return len(self._incoming) + sum(map(len, self._lines)) > _LONGEST_REPLY

    def next(self) -> tuple[int, str] | None:
        """Return the next whole reply, if there is one: its code and its text."""
        while (end := self._incoming.find(b"\n")) >= 0:
            # A NUL is nothing that PostgreSQL can store.
            line = self._incoming[:end].rstrip(b"\r").replace(b"\0", b"?")
            self._incoming = self._incoming[end + 1 :]
            text = line.decode("utf-8", "replace")
            has_code = text[:3].isdecimal() and text[:3].isascii()
            if has_code and text[3:4] == "-":
                self._lines.append(text)
                continue
            code = int(text[:3]) if has_code else NO_CODE
            if not self._lines:
                return code, text[4:] if has_code else text
            whole = [*self._lines, text]
            self._lines = []
            return code, "\n".join(one[4:] if has_code else one for one in whole)
        return None
