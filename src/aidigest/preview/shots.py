"""Pictures of a mail: narrow, usual and wide, in light and in dark."""

from pathlib import Path

from aidigest.adapters.chromium import chromium, find_chromium
from aidigest.errors import BrowserError

WIDTHS = (320, 600, 1000)
SCHEMES = ("light", "dark")


def write_shots(html: str, folder: Path) -> list[Path]:
    """Write `<width>-<scheme>.png` for each width and scheme; return the files.

    Raises:
        BrowserError: There is no Chromium, or it fails.
    """
    program = find_chromium()
    if program is None:
        raise BrowserError(
            "the pictures are taken with chromium; on Debian: apt-get install chromium"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with chromium(program) as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                path = folder / f"{width}-{scheme}.png"
                path.write_bytes(browser.picture(html, width=width, scheme=scheme))
                written.append(path)
    return written
