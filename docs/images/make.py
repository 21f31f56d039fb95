"""Takes the README's pictures of the mail from the demo's own edition: `make pictures`."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

IMAGES = Path(__file__).parent

#: Blink's number for what `prefers-color-scheme` answers.
SCHEMES = {"light": 1, "dark": 0}


def take_pictures(browser: str) -> None:
    """Write mail-light.png and mail-dark.png."""
    with TemporaryDirectory() as name:
        home, out = Path(name) / "demo", Path(name) / "edition"
        aidigest("demo", "--dir", str(home))
        aidigest("--home", str(home), "preview", "--no-serve", "--out", str(out))
        for scheme, number in SCHEMES.items():
            picture = IMAGES / f"mail-{scheme}.png"
            take_picture(browser, out / "email.html", picture, scheme=number)
            print(picture)


def aidigest(*arguments: str) -> None:
    """Run a command of the program in this environment."""
    subprocess.run([sys.executable, "-m", "aidigest", *arguments], check=True)  # noqa: S603  # Ours.


def take_picture(browser: str, page: Path, picture: Path, *, scheme: int) -> None:
    """Let a headless browser draw the top of the page, 680 by 1000 points, half as fine again."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",  # The page is our own; containers run as root, where the sandbox refuses.
        "--hide-scrollbars",
        "--force-device-scale-factor=1.5",
        "--window-size=680,1000",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={picture}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # As above.


if __name__ == "__main__":
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("The pictures are taken with chromium; on Debian: apt-get install chromium")
    take_pictures(found)
