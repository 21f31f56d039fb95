"""The web process: pages for readers, feeds, health, and the operator's page.

Nothing here decides: forms and links are read, rules of core are asked, and
answers are shown. GET never acts (design decision 11).
"""

from aidigest.web.health import health_site
from aidigest.web.serving import serve, serving
from aidigest.web.site import make_site

__all__ = ["health_site", "make_site", "serve", "serving"]
