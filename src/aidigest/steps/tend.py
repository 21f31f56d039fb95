"""Tend: what is done about feeds between their polls."""

from collections.abc import Callable, Iterable
from email.utils import parseaddr

from aidigest.core.feeds.feed import AlarmKind, FeedState
from aidigest.core.polling.alarm_mail import alarm_mail
from aidigest.core.polling.alarms import told, untold, with_proposal, without
from aidigest.core.polling.history import revived
from aidigest.core.readers.subscriber import clean_address
from aidigest.errors import NotFoundError
from aidigest.steps.discover import propose
from aidigest.steps.outcomes import PollOutcome
from aidigest.steps.ports import Clock, FeedStore, Fetcher, Mailer


def release(url: str, *, store: FeedStore, clock: Clock, as_news: bool) -> int:
    """Let go of the entries that are held for a feed; return how many.

    Args:
        url: Of a feed that came back as if all of it were new.
        store: Where its entries are.
        clock: Tells the time.
        as_news: Whether the next edition may carry them.

    Raises:
        NotFoundError: Nobody has polled such a feed.
    """
    state = _known(url, store)
    count = store.settle_held(url, as_news_at=clock() if as_news else None)
    store.set_states([without(state, AlarmKind.QUARANTINED)])
    return count


def revive(url: str, *, store: FeedStore) -> None:
    """Have a feed asked again that was given up; raise NotFoundError where nobody knows it."""
    store.set_states([without(revived(_known(url, store)), AlarmKind.DEAD)])


def look_for_the_dead(
    outcomes: Iterable[PollOutcome], *, store: FeedStore, fetcher: Fetcher
) -> None:
    """Ask the sites of feeds that have just died where their feeds are now; a person decides."""
    died = [one.feed.url for one in outcomes if any(a.kind is AlarmKind.DEAD for a in one.alarms)]
    states = store.feed_states() if died else {}
    for url in died:
        proposal = propose(states[url], fetcher=fetcher)
        if proposal is not None:
            store.set_states([with_proposal(states[url], proposal)])


def tell_maintainer(
    listed: Iterable[str],
    *,
    to: str,
    sender: str,
    envelope_sender: str,
    store: FeedStore,
    mailer: Mailer,
    clock: Clock,
    sign: Callable[[bytes], bytes] = lambda message: message,
) -> int:
    """Write to the maintainer about alarms that have lasted a day, once; return how many.

    Args:
        listed: The addresses of the feeds that are still listed.
        to: The maintainer, `Name <address>` or the address alone.
        sender: `Name <address>`.
        envelope_sender: Where a refusal is reported to.
        store: Where the alarms are.
        mailer: Takes the mail.
        clock: Tells the time.
        sign: Returns the message with a signature before it.

    Raises:
        MailError: It could not be handed over; the next call tries again.
    """
    known = store.feed_states()
    states: list[FeedState] = [known[url] for url in listed if url in known]
    now = clock()
    alarms = untold(states, now=now)
    if alarms:
        with mailer.session() as session:
            session.send(
                sender=envelope_sender,
                # The envelope takes an address alone (RFC 5321, 4.1.2); the field `To` has it all.
                recipient=clean_address(parseaddr(to)[1]),
                message=sign(alarm_mail(alarms, sender=sender, to=to, now=now)),
                on_offer=lambda: None,
            )
        # Polls may have ended while the relay took its time.
        after = store.feed_states()
        store.set_states(told(after[state.url], now=now) for state in states if state.alarms)
    return len(alarms)


def _known(url: str, store: FeedStore) -> FeedState:
    state = store.feed_states().get(url)
    if state is None:
        raise NotFoundError("polled feed", url)
    return state
