"""The database: SQLite in the home's var/, or PostgreSQL (design decision 13).

One module per noun; SQL and rows stay in here, values go in and out. Each
brings the values that it keeps, and a poll needs one of them: so they are
imported when they are first named (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aidigest.adapters.database.bounces import Bounces
    from aidigest.adapters.database.changes import data_version
    from aidigest.adapters.database.choices import Choices, Reader
    from aidigest.adapters.database.clock import DatabaseClock
    from aidigest.adapters.database.deliveries import Deliveries
    from aidigest.adapters.database.editions import Editions
    from aidigest.adapters.database.edits import Edits
    from aidigest.adapters.database.engine import open_engine
    from aidigest.adapters.database.feeds import Feeds
    from aidigest.adapters.database.figures import Figures
    from aidigest.adapters.database.progress import Progress
    from aidigest.adapters.database.published import Listed, Published, Told
    from aidigest.adapters.database.rights import Rights
    from aidigest.adapters.database.schema import check, is_empty, migrate
    from aidigest.adapters.database.signups import Signups
    from aidigest.adapters.database.spending import Spending
    from aidigest.adapters.database.subscribers import Subscribers
    from aidigest.adapters.database.workload import Workload

__all__ = [
    "Bounces",
    "Choices",
    "DatabaseClock",
    "Deliveries",
    "Editions",
    "Edits",
    "Feeds",
    "Figures",
    "Listed",
    "Progress",
    "Published",
    "Reader",
    "Rights",
    "Signups",
    "Spending",
    "Subscribers",
    "Told",
    "Workload",
    "check",
    "data_version",
    "is_empty",
    "migrate",
    "open_engine",
]

_MODULES = {
    **dict.fromkeys(("check", "is_empty", "migrate"), "schema"),
    **dict.fromkeys(("Listed", "Published", "Told"), "published"),
    "DatabaseClock": "clock",
    "Reader": "choices",
    "data_version": "changes",
    "open_engine": "engine",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no {name}")
    module = import_module(f"{__name__}.{_MODULES.get(name, name.lower())}")
    return getattr(module, name)
