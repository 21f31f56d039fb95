"""How long a saved template takes to show in the open preview, in a real browser.

    .venv/bin/python benchmarks/preview.py

Today's edition of a home with forty stories cannot be had without feeds, so the
sample of forty is shown: it is rendered, inlined, written and linted anew.
"""

import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aidigest.core.proof.clients import shipped_support
from aidigest.preview import HomeSource
from aidigest.preview.server import serving
from aidigest.settings import shipped
from browsers import browser, page_of
from homes import make_home

RUNS = 12
#: What is saved, and looked for in the mail's own frame.
MARK = '{{% block masthead %}}{{{{ super() }}}}<p id="saved{}">saved</p>{{% endblock %}}'


def main() -> None:
    """Print the best, the median and the worst."""
    shipped_page = (shipped("templates") / "daily" / "email.html").read_text(encoding="utf-8")
    with (
        TemporaryDirectory() as folder,
        HomeSource(make_home(Path(folder) / "home"), {}, None) as source,
        serving(source, support=shipped_support()) as address,
        browser() as opened,
        page_of(opened) as page,
    ):
        own = Path(folder) / "home" / "templates" / "daily" / "email.html"
        own.parent.mkdir(parents=True)
        page.goto(f"{address}?edition=40")
        took = []
        for number in range(RUNS):
            begun = perf_counter()
            own.write_text(shipped_page + MARK.format(number), encoding="utf-8")
            # `expect` looks ever more seldom, in the end once a second; this at each frame.
            page.frame_locator("iframe").locator(f"#saved{number}").wait_for(timeout=30_000)
            took.append(perf_counter() - begun)
    best, median, worst = (f"{1e3 * f(took):.0f} ms" for f in (min, statistics.median, max))
    print(f"from saving to showing: best {best}, median {median}, worst {worst}")


if __name__ == "__main__":
    main()
