"""How long an edition takes to render and inline, and what one more reader costs.

    .venv/bin/python benchmarks/render.py

The first render is measured in a process of its own each time, with all
modules imported: a worker has them. Every figure is the best of several runs,
as a clock has it and as processor time, since other programs use the machine, too.
"""

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

import css_inline

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aidigest.adapters.inlining import inline
from aidigest.adapters.templates import TemplateRenderer
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.core.proof.lint import check_message
from aidigest.preview.samples import SAMPLE_TIME, sample
from mails import NOT_INLINING, RENDERER, SHIPPED, SITE

READERS = 2_000
COLD_RUNS = 12


class Took(NamedTuple):
    """How long a run took, in seconds."""

    clock: float
    processor: float


def main() -> None:
    """Print every figure, or the time of one first render."""
    if "--cold" in sys.argv:
        # Imported before the clock starts, as in a worker that has polled.
        import cssutils  # noqa: F401 - As said.
        import premailer  # noqa: F401 - As said.

        cache = Path(sys.argv[2]) if sys.argv[2:] else None
        renderer = TemplateRenderer((SHIPPED,), site=SITE, cache=cache)
        edition = sample("40")
        print(*timed(lambda: renderer.render(edition)))
        return
    report("40 stories, first render in a home", [first_render() for _ in range(COLD_RUNS)])
    with TemporaryDirectory() as kept:
        first_render(kept)
        cold = [first_render(kept) for _ in range(COLD_RUNS)]
    report("40 stories, first render in a process", cold)
    edition = sample("40")
    report("40 stories, again", [timed(lambda: RENDERER.render(edition)) for _ in range(10)])
    page = NOT_INLINING.render(edition).html
    report("  of it inlining, premailer", [timed(lambda: inline(page)) for _ in range(10)])
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    report(
        "  css-inline on the same page", [timed(lambda: inliner.inline(page)) for _ in range(10)]
    )
    report(
        "200 stories, cut to 90 KB",
        [timed(lambda: RENDERER.render(sample("200"))) for _ in range(3)],
    )
    readers()


def first_render(*cache: str) -> Took:
    """Return how long the first render of a new process takes."""
    command = [sys.executable, __file__, "--cold", *cache]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - Ourselves.
    return Took(*map(float, done.stdout.split()))


def readers() -> None:
    """Measure what a further reader's message costs."""
    rendered = RENDERER.render(sample("40"))
    writer = MessageWriter(
        rendered, publisher=Publisher(base_url=SITE.base_url, sender=SITE.sender), key="k"
    )

    def one(number: int) -> bytes:
        return writer.write(f"reader{number}@example.org", subscriber_id=number, now=SAMPLE_TIME)

    def all_of_them() -> None:
        for number in range(READERS):
            one(number)  # As in a send, none is kept.

    runs = [timed(all_of_them) for _ in range(10)]
    report("one more reader's message", runs, unit="microseconds", scale=1e6 / READERS)
    message = one(1)
    linting = [timed(lambda: check_message(message, now=SAMPLE_TIME)) for _ in range(5)]
    report("linting one message", linting)


def timed(work: Callable[[], object]) -> Took:
    """Return how long it takes."""
    begun, used = perf_counter(), process_time()
    work()
    return Took(perf_counter() - begun, process_time() - used)


def report(name: str, runs: list[Took], *, unit: str = "ms", scale: float = 1e3) -> None:
    """Print the best run, and the best and the median of processor time."""
    clock = min(run.clock for run in runs) * scale
    used = [run.processor * scale for run in runs]
    processor = f"processor {min(used):7.1f}, median {statistics.median(used):7.1f}"
    print(f"{name:<42} clock {clock:7.1f}, {processor} {unit}")


if __name__ == "__main__":
    main()
