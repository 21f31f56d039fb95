"""The program: the one place that builds real things from settings and runs the steps.

`parts` builds, and each other module runs one kind of job with what it built.
A job brings much with it and a command does one, so most are imported when
they are asked for.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from aidigest.app.composing import Composing
from aidigest.app.parts import Parts
from aidigest.app.polling import Polling
from aidigest.app.writing import Writing

if TYPE_CHECKING:
    from aidigest.app.examining import Examining
    from aidigest.app.joining import Joining
    from aidigest.app.mailbox import Mailbox
    from aidigest.app.proofing import Proofing
    from aidigest.app.sending import Sending

__all__ = ["App"]


class App(Parts):
    """Everything a face needs: the parts of a home, and the jobs that are done with them."""

    @cached_property
    def polling(self) -> Polling:
        """Feeds asked for news."""
        return Polling(self)

    @cached_property
    def composing(self) -> Composing:
        """Editions made."""
        return Composing(self)

    @cached_property
    def writing(self) -> Writing:
        """Messages written."""
        return Writing(self)

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
