"""aidigest: from feeds to one good mail a day.

    feeds -> entries -> stories -> topics -> edition -> messages -> deliveries

The nouns and their rules live in `core`, the verbs in `steps`, the outside
world in `adapters`; `app` joins them and `cli`, `worker`, `preview` and `demo`
are the faces. docs/how-it-works.md follows one story through the files.
"""


def __getattr__(name: str) -> str:
    """Look up `__version__` when it is asked for (PEP 562): metadata takes long to import."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        #: From the tag that the installed program was built from.
        return version("aidigest")
    except PackageNotFoundError:  # The source is run without being installed.
        return "0+unknown"
