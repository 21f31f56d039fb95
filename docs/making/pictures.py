"""Takes the pictures of the mail, in every look: `make pictures`.

README shows the demo's own edition in the usual look, docs/how-to/looks.md all of them.
The fonts are those of Debian's fonts-roboto-unhinted and fonts-noto-core; without them every
picture differs from the one before.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from aidigest.adapters.chromium import Chromium, chromium, find_chromium

IMAGES = Path(__file__).parents[1] / "images"
LOOKS = ("daily", "brief", "letter")
SCHEMES = ("light", "dark")


def take_pictures(browser: Chromium) -> None:
    """Write mail-light.png, mail-dark.png, and three pictures of each look."""
    with TemporaryDirectory() as name:
        home = Path(name) / "demo"
        aidigest("demo", "--dir", str(home))
        for scheme in SCHEMES:
            take(browser, page(home, "today", "daily"), f"mail-{scheme}", scheme=scheme)
        for look in LOOKS:
            take(browser, page(home, "40", look), f"{look}-light", scheme="light")
            take(browser, page(home, "vietnamese", look), f"{look}-dark", scheme="dark")
            take(browser, page(home, "40", look), f"{look}-phone", scheme="light", width=375)


def page(home: Path, edition: str, look: str) -> str:
    """Return the mail's page."""
    out = home / "pictures"
    sample = () if edition == "today" else ("--sample", edition)
    aidigest("--home", str(home), "preview", "--out", str(out), "--look", look, *sample)
    return (out / "email.html").read_text(encoding="utf-8")


def aidigest(*arguments: str) -> None:
    """Run a command of the program in this environment."""
    subprocess.run([sys.executable, "-m", "aidigest", *arguments], check=True)  # noqa: S603 - Ours.


def take(browser: Chromium, html: str, name: str, *, scheme: str, width: int = 680) -> None:
    """Draw the top of a page, half as fine again as a usual screen."""
    drawn = browser.picture(html, width=width, scheme=scheme, scale=1.5, height=1000)
    (IMAGES / f"{name}.png").write_bytes(drawn)
    print(IMAGES / f"{name}.png")


if __name__ == "__main__":
    found = find_chromium()
    if found is None:
        sys.exit("The pictures are taken with chromium; on Debian: apt-get install chromium")
    with chromium(found) as opened:
        take_pictures(opened)
