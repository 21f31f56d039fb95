"""The database: SQLite in the home's var/, or PostgreSQL (design decision 13).

One module per noun; SQL and rows stay in here, values go in and out.
"""

from aidigest.adapters.database.deliveries import Deliveries
from aidigest.adapters.database.editions import Editions
from aidigest.adapters.database.edits import Edits
from aidigest.adapters.database.engine import open_engine
from aidigest.adapters.database.feeds import Feeds
from aidigest.adapters.database.schema import check, is_empty, migrate
from aidigest.adapters.database.spending import Spending
from aidigest.adapters.database.subscribers import Subscribers

__all__ = [
    "Deliveries",
    "Editions",
    "Edits",
    "Feeds",
    "Spending",
    "Subscribers",
    "check",
    "is_empty",
    "migrate",
    "open_engine",
]
