"""The plan that docs/scaling.md quotes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_quoted_plan_is_what_the_script_prints() -> None:
    """Whoever changes a measured cost must read the plan anew."""
    script = ROOT / "benchmarks" / "plan.py"

    printed = subprocess.run(  # noqa: S603 - Our own script.
        [sys.executable, str(script)], check=True, capture_output=True, text=True
    ).stdout

    assert f"```text\n{printed}```" in (ROOT / "docs" / "scaling.md").read_text("utf-8")
