"""The home folder, its config and its environment, read once into one frozen value."""

from aidigest.settings.loading import load_settings
from aidigest.settings.shipped import shipped
from aidigest.settings.values import FetchSettings, Settings, Site

__all__ = ["FetchSettings", "Settings", "Site", "load_settings", "shipped"]
