"""Writes an SBOM (CycloneDX, JSON) beside the wheel: which libraries it was checked with.

`make sbom` runs it. They are read out of an environment with the wheel, its extras and no more.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import parse_wheel_filename

from notices import extras

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Write dist/aidigest-VERSION.cdx.json."""
    (wheel,) = (ROOT / "dist").glob("*.whl")
    version = str(parse_wheel_filename(wheel.name)[1])
    page = wheel.with_name(f"aidigest-{version}.cdx.json")
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/bin/python"
        _run("uv", "venv", "--quiet", "--python", sys.executable, folder)
        wanted = f"{wheel}[{','.join(extras())}]"
        _run("uv", "pip", "install", "--quiet", "--python", python, wanted)
        _run(
            *("cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml")),
            *("--mc-type", "application", "--output-reproducible", "-o", str(page), python),
        )
    bom = json.loads(page.read_text(encoding="utf-8"))
    # The version is the tag's, which stands in no pyproject.toml.
    about = {"version": version, "purl": f"pkg:pypi/aidigest@{version}"}
    bom["metadata"]["component"] |= about
    bom["components"] = [one for one in bom["components"] if one["name"] != "aidigest"]
    page.write_text(json.dumps(bom, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{page.relative_to(ROOT)}: {len(bom['components'])} libraries")


def _run(module: str, *words: str) -> None:
    command: Sequence[str] = (sys.executable, "-m", module, *words)
    subprocess.run(command, check=True)  # noqa: S603 - Our own modules and arguments.


if __name__ == "__main__":
    main()
