"""The home folder, its config and its environment, read once into one frozen value."""

from aidigest.settings.loading import load_settings
from aidigest.settings.shipped import shipped
from aidigest.settings.values import FetchSettings, Settings, Site, WebSettings

__all__ = ["FetchSettings", "Settings", "Site", "WebSettings", "load_settings", "shipped"]
