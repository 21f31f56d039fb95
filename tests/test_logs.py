"""Log lines: one an event, easy to read and to search."""

import re
from collections.abc import Callable

import pytest

from aidigest.errors import BusyError, StoreError
from aidigest.logs import Event, errors_logged, log, set_up_logs


def test_an_event_is_one_line_of_name_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """`grep edition.sent` must find it, and a value with spaces must stay one value."""
    set_up_logs(verbose=True)

    log(Event.EDITION_SENT, digest="daily", reason="all is\nwell", took_s=0.123, nothing=None)

    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info edition\.sent"
        r' digest=daily reason="all is\\nwell" took_s=0\.12\n',
        line,
    )


def test_a_command_is_quiet_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error is for what went wrong."""
    set_up_logs()

    log(Event.POLL_DONE, asked=3)

    assert capsys.readouterr().err == ""


def raising(error: Exception) -> Callable[[], None]:
    """Return a step that fails so."""

    def step() -> None:
        raise error

    return step


def test_what_fails_a_worker_is_told_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk once ended the only thread that polls, in a worker that looked healthy."""
    set_up_logs()

    errors_logged(raising(StoreError("the database is locked")))()
    foreseen = capsys.readouterr().err
    errors_logged(raising(OSError(28, "No space left on device")))()
    slip = capsys.readouterr().err
    errors_logged(raising(BusyError("polling")))()
    busy = capsys.readouterr().err

    assert foreseen.endswith(' error worker.failed reason="the database is locked"\n')
    assert 'worker.failed reason="OSError: [Errno 28] No space left on device"\n' in slip
    assert "Traceback" in slip
    assert busy == ""
