"""What columns hold beyond SQL's own types: instants in UTC, and values of ours as JSON.

SQLite keeps both as text. That is written and read here in one step each: a
poll moves tens of thousands, and the layers in between cost several times as
much.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, in and out, to the microsecond, on any database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Store in UTC; a naive time is a mistake of ours."""
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """PostgreSQL answers in the session's zone."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Return what makes it a value of the driver's."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Return what reads it from a value of the driver's."""
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)


class Valued(TypeDecorator[Any]):
    """A frozen value as JSON.

    Args:
        kind: Of which type.
        empty: What NULL stands for.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any, empty: Any = None) -> None:
        super().__init__()
        self.kind, self.empty = kind, empty

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.kind)

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        """Return plain lists and dictionaries."""
        return None if value == self.empty else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        """Return the value again."""
        return self.empty if value is None else self._adapter.validate_python(value, strict=False)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what makes it a value of the driver's."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)
        empty, dump = self.empty, self._adapter.dump_json
        return lambda value: None if value == empty else dump(value).decode()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Return what reads it from a value of the driver's."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        empty, validate = self.empty, self._adapter.validate_json
        return lambda value: empty if value is None else validate(value)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone: {value!r}")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """Return a time as SQLAlchemy's own DateTime writes it."""
    if value is None:
        return None
    return _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")
