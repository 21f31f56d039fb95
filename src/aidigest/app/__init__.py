"""The program: the one place that builds real things from settings and runs the steps.

`parts` builds, and each other module runs one kind of job with what it built.
"""

import threading

from aidigest.app.composing import Composing
from aidigest.app.examining import Examining
from aidigest.app.joining import Joining
from aidigest.app.mailbox import Mailbox
from aidigest.app.parts import Parts
from aidigest.app.polling import Polling
from aidigest.app.proofing import Proofing
from aidigest.app.sending import Sending, Sent
from aidigest.app.writing import Writing
from aidigest.settings import Settings

__all__ = ["App", "Sent"]


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
        self.proofing = Proofing(self, self.writing)
        self.sending = Sending(self, self.composing, self.proofing, self.writing)
        self.mailbox = Mailbox(self)
        self.joining = Joining(self)
        self.examining = Examining(self)
