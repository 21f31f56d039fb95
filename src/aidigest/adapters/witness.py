"""A second memory of what was offered, beside the database: it notices a restored backup.

A database put back from a backup no longer knows whom today's edition went to.
The witness does: before a final dot leaves, it notes the address (hashed) in a
file of the edition's digest and day. It never says that mail was *not* sent.
"""

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from pathlib import Path

from aidigest.closing import Closing
from aidigest.core.readers.subscriber import normal_address

_RECORD = 8  #: Bytes.

#: Editions are sent for less than a day; two more are kept for a look back.
_KEPT = 3


class Witness(Closing):
    """Notes for one edition.

    Args:
        folder: Where the files are, one for each digest and day.
        digest_id: The edition's digest.
        day: Its date; the numbers of its rows may be others after a restore.
    """

    def __init__(self, folder: Path, digest_id: str, day: date) -> None:
        self._folder = folder
        self._digest_id = digest_id
        self._path = folder / f"{digest_id}-{day}.offered"
        self._file: int | None = None

    def note(self, addresses: Iterable[str]) -> None:
        """Note that these are offered now; it is kept, however the process dies."""
        records = b"".join(map(_record, addresses))
        if not records:
            return
        if self._file is None:
            self._file = self._open()
        os.write(self._file, records)

    def count(self) -> int:
        """Return how many notes there are."""
        return self._path.stat().st_size // _RECORD if self._path.exists() else 0

    def noted(self, addresses: Iterable[str]) -> list[str]:
        """Return those of the addresses that were offered."""
        notes = array("Q")
        if self._path.exists():
            data = self._path.read_bytes()
            notes.frombytes(data[: len(data) // _RECORD * _RECORD])
        notes = array("Q", sorted(notes))
        return [one for one in addresses if _is_in(notes, _record(one))]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        for stale in sorted(self._folder.glob(f"{self._digest_id}-????-??-??.offered"))[:-_KEPT]:
            stale.unlink()
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _record(address: str) -> bytes:
    return blake2b(normal_address(address).encode(), digest_size=_RECORD).digest()


def _is_in(notes: "array[int]", record: bytes) -> bool:
    number = array("Q", record)[0]
    place = bisect_left(notes, number)
    return place < len(notes) and notes[place] == number
