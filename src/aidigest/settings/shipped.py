"""Where the templates and the config that come with the program are."""

from importlib.resources import files
from pathlib import Path


def shipped(name: str) -> Path:
    """Return the folder `templates` or `config` that came with the program.

    A wheel carries them inside the package; a clone has them at its top level.
    """
    installed = Path(str(files("aidigest") / "shipped" / name))
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / name
