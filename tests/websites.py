"""Sites to ask: a home with editions in it, and the web's pages over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from aidigest.app import App
from aidigest.core.editions.edition import Edition
from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.subscriber import Signup
from aidigest.web import make_site
from homes import make_home
from samples import usual

KEY = "key-of-the-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A site and what is behind it."""

    app: App
    site: Flask

    @property
    def client(self) -> FlaskClient:
        """A visitor without a cookie."""
        return self.site.test_client()

    def subscribe(self, address: str = "linh@example.org") -> int:
        """Subscribe somebody to the digest; return their id."""
        self.app.subscribers.add(
            [Signup(address=address, digests=("daily",))], now=self.app.clock()
        )
        found = self.app.subscribers.find(address)
        assert found is not None
        return found.id

    def token(self, subscriber_id: int, *, key: str = KEY) -> str:
        """Return the token of somebody's link for leaving."""
        return sign(Leaving(digest_id="daily", subscriber_id=subscriber_id), key=key)

    def publish(self, edition: Edition) -> None:
        """Store an edition."""
        self.app.editions.add_edition(self.app.renderer.render(edition))


@contextmanager
def web(folder: Path, *, edition: Edition | None = None, **environ: str) -> Iterator[Web]:
    """Open a site on a home of its own, with one edition published."""
    home = make_home(folder / "home", smtp_url=environ.pop("SMTP_URL", "smtp://localhost:1"))
    (home / "var").mkdir()
    (home / "var" / "aidigest.db").write_bytes(_database(edition or usual()))
    with App.open(home, environ) as app:
        yield Web(app=app, site=make_site(app))


@cache
def _database(edition: Edition) -> bytes:
    """Return a database with the edition in it: migrating and rendering take a while."""
    with TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        with App.open(home, {}) as app:
            app.editions.add_edition(app.renderer.render(edition))
        return (home / "var" / "aidigest.db").read_bytes()
