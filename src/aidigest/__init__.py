"""aidigest: from feeds to one good mail a day.

    feeds -> entries -> stories -> topics -> edition -> messages -> deliveries

The nouns and their rules live in `core`, the verbs in `steps`, the outside
world in `adapters`; `app` joins them and `cli`, `worker`, `preview` and `demo`
are the faces. docs/how-it-works.md follows one story through the files.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    #: From the tag that the installed program was built from.
    __version__ = version("aidigest")
except PackageNotFoundError:  # The source is run without being installed.
    __version__ = "0+unknown"
