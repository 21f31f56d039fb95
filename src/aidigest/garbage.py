"""Pausing the garbage collector where much is made and little of it is in cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let nothing be collected meanwhile, by whatever thread.

    Rendering makes some hundred thousand objects. Each pass of the collector
    walks over all modules as well, and together they cost a quarter of the time.
    What is no longer referred to is freed all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
