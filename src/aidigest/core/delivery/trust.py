"""Whether a run may go on with its relays: one plain word, or several doubtful ones, end it."""

from dataclasses import dataclass, replace

from aidigest.core.delivery.deliveries import Consequence, DeliveryUpdate

#: So many outcomes in a row that may be the relay's doing end the run.
PATIENCE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a run thinks of its relays."""

    strikes: int = 0  #: Outcomes in a row that may be a relay's doing and not the reader's.
    broken: str = ""  #: Why they cannot be used; empty while they can.

    def after(self, update: DeliveryUpdate) -> "Trust":
        """Return what is thought of them after one more outcome."""
        if update.consequence is Consequence.GO_ON:
            return replace(self, strikes=0)
        heard = replace(self, strikes=self.strikes + 1)
        is_over = update.consequence is Consequence.STOP or heard.strikes >= PATIENCE
        return heard.lost(_in_words(update, heard.strikes)) if is_over else heard

    def lost(self, why: str) -> "Trust":
        """Return that they cannot be used; the first reason is the one to be told."""
        return replace(self, broken=self.broken or why)


def _in_words(update: DeliveryUpdate, strikes: int) -> str:
    reply = f"{update.code or ''} {update.reply}".strip()
    words = update.reason if reply in update.reason else f"{update.reason}: {reply}"
    return words if update.consequence is Consequence.STOP else f"{words} ({strikes} in a row)"
