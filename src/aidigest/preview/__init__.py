"""The preview: today's edition as its readers will get it, on a page or in files."""

from aidigest.preview.chart import Timeline
from aidigest.preview.files import write_preview
from aidigest.preview.server import serve_preview
from aidigest.preview.shown import Preview

__all__ = ["Preview", "Timeline", "serve_preview", "write_preview"]
