"""Watching a home: what differs once something has changed that its preview shows."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

from aidigest.app import App
from aidigest.closing import Closing
from aidigest.errors import AidigestError
from aidigest.settings.looks import template_folders


class HomeWatch(Closing):
    """Looks at templates, config and database; safe to share between threads.

    Args:
        home: The folder.
        environ: The real environment.
    """

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self._home, self._environ = home, environ
        self._looking = Lock()
        self._config: str | None = None
        self._app: App | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self._app is not None:
            self._app.close()
            self._app = None

    def version(self) -> str:
        """Return the times of templates and config, and how the data stands, as one text."""
        config = _times([self._home / ".env", *sorted((self._home / "config").glob("*"))])
        templates = _times(
            path for folder in template_folders(self._home) for path in sorted(folder.rglob("*"))
        )
        with self._looking:
            return f"{config} {templates} {self._data(config)}"

    def _data(self, config: str) -> str:
        """Return how the data stands in the database that the config names."""
        try:
            if config != self._config or self._app is None:
                # Opening a home takes longer than looking at it, so it stays open. What it did
                # not open for may be mended without its config, as by a look that it names.
                self.close()
                self._config = config
                self._app = App.open(self._home, self._environ)
            return self._app.data_version()
        except AidigestError as error:
            return type(error).__name__  # The page says what is wrong.


def _times(paths: Iterable[Path]) -> str:
    return " ".join(_time(path) for path in paths)


def _time(path: Path) -> str:
    try:
        return f"{path.name}:{path.stat().st_mtime_ns}"
    except OSError:
        return ""  # It has just been removed, or is not there.
