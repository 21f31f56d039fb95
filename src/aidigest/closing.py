"""What is closed at the end of a `with`, as files are."""

from types import TracebackType
from typing import Self


class Closing:
    """Gives a class that has `close` its place in a `with`."""

    def close(self) -> None:
        """Let go of everything."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
