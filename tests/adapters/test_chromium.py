"""Pictures out of a real browser."""

import struct
from pathlib import Path

import pytest

from aidigest.adapters.chromium import chromium, find_chromium
from aidigest.errors import BrowserError
from aidigest.preview.shots import write_shots
from mails import sampled

needed = pytest.mark.skipif(
    find_chromium() is None, reason="needs chromium; on Debian: apt-get install chromium"
)


def width_of(png: bytes) -> int:
    """Return the width that a PNG's header says."""
    width: int = struct.unpack(">I", png[16:20])[0]
    return width


@needed
def test_six_pictures_are_written(tmp_path: Path) -> None:
    """Narrow, usual and wide, light and dark."""
    written = write_shots(sampled("1").html, tmp_path / "new")

    names = [path.name for path in written]
    assert names == [
        f"{width}-{scheme}.png" for width in (320, 600, 1000) for scheme in ("light", "dark")
    ]
    assert [width_of(path.read_bytes()) for path in written] == [320, 320, 600, 600, 1000, 1000]
    assert written[0].read_bytes() != written[1].read_bytes()


def test_a_browser_that_does_not_start_is_said_in_words() -> None:
    """Not left to hang."""
    with pytest.raises(BrowserError, match="ended"), chromium("/bin/false"):
        pass


def test_a_browser_that_cannot_be_started_leaves_nothing_open() -> None:
    """The preview may ask for it again and again."""
    before = set(Path("/proc/self/fd").iterdir())

    with pytest.raises(BrowserError, match="does not start"), chromium("/nowhere/chromium"):
        pass

    assert set(Path("/proc/self/fd").iterdir()) == before
