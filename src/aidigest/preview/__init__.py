"""The preview: an edition as its readers will get it, on a page, in files, or in pictures."""

from aidigest.preview.chart import Timeline
from aidigest.preview.files import write_preview
from aidigest.preview.links import check_links
from aidigest.preview.server import serve_preview
from aidigest.preview.shots import write_shots
from aidigest.preview.shown import Preview
from aidigest.preview.source import HomeSource, show

__all__ = [
    "HomeSource",
    "Preview",
    "Timeline",
    "check_links",
    "serve_preview",
    "show",
    "write_preview",
    "write_shots",
]
