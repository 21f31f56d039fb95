"""The database: SQLite in the home's var/, or PostgreSQL (design decision 13).

One module per noun; SQL and rows stay in here, values go in and out.
"""

from aidigest.adapters.database.bounces import Bounces
from aidigest.adapters.database.deliveries import Deliveries
from aidigest.adapters.database.editions import Editions
from aidigest.adapters.database.engine import open_engine
from aidigest.adapters.database.feeds import Feeds
from aidigest.adapters.database.progress import Progress
from aidigest.adapters.database.schema import check, is_empty, migrate
from aidigest.adapters.database.subscribers import Subscribers

__all__ = [
    "Bounces",
    "Deliveries",
    "Editions",
    "Feeds",
    "Progress",
    "Subscribers",
    "check",
    "is_empty",
    "migrate",
    "open_engine",
]
