"""The program: the one place that builds real things from settings and runs the steps.

`parts` builds, and each other module runs one kind of job with what it built.
A job brings much with it and a command does one, so most are imported when
they are asked for.
"""

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from aidigest.app.composing import Composing
from aidigest.app.parts import Parts
from aidigest.app.polling import Polling
from aidigest.app.writing import Writing
from aidigest.settings import Settings

if TYPE_CHECKING:
    from aidigest.app.examining import Examining
    from aidigest.app.joining import Joining
    from aidigest.app.mailbox import Mailbox
    from aidigest.app.proofing import Proofing
    from aidigest.app.sending import Sending

__all__ = ["App"]


class App(Parts):
    """Everything a face needs: the parts of a home, and the jobs that are done with them.

    Args:
        settings: The home's.
        stop: Set it and whatever is under way ends soon, with nothing lost.
    """

    def __init__(self, settings: Settings, *, stop: threading.Event | None = None) -> None:
        super().__init__(settings, stop=stop)
        self.polling = Polling(self)
        self.composing = Composing(self)
        self.writing = Writing(self)

    @cached_property
    def proofing(self) -> "Proofing":
        """What is wrong with a message."""
        from aidigest.app.proofing import Proofing

        return Proofing(self, self.writing)

    @cached_property
    def sending(self) -> "Sending":
        """Editions on their way."""
        from aidigest.app.sending import Sending

        return Sending(self, self.composing, self.proofing, self.writing)

    @cached_property
    def mailbox(self) -> "Mailbox":
        """What comes back."""
        from aidigest.app.mailbox import Mailbox

        return Mailbox(self)

    @cached_property
    def joining(self) -> "Joining":
        """Who comes and goes."""
        from aidigest.app.joining import Joining

        return Joining(self)

    @cached_property
    def examining(self) -> "Examining":
        """What the doctor looks at."""
        from aidigest.app.examining import Examining

        return Examining(self)
