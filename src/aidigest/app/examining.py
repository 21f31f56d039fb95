"""What receivers of mail look at, looked at before they do."""

from aidigest.adapters.dns import Dns
from aidigest.adapters.signing import public_key
from aidigest.adapters.urls import Urls
from aidigest.app.parts import Parts
from aidigest.core.delivery.relays import is_loopback
from aidigest.core.delivery.senderdns import Finding as SenderFinding
from aidigest.steps.examine import examine_key, examine_one_click, examine_sender


class Examining:
    """Examines the sender's names, keys and addresses."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def examine(self) -> list[SenderFinding]:
        """Look at what receivers of mail look at.

        A relay on this machine may be one that only catches mail, which has none of it; but
        who signs means the mail for the world.
        """
        site, signs = self._parts.settings.site, self._parts.settings.sending.dkim is not None
        found = self._examine_names(Dns()) if signs or self._relay_host else []
        click_here = examine_one_click(
            Urls(),
            base_url=site.base_url,
            url=f"{site.base_url}/unsubscribe/nobody",
            has_mailbox=self._parts.settings.mailbox_url is not None,
        )
        return [*found, click_here]

    @property
    def _relay_host(self) -> str | None:
        """The relay, unless it is this machine, which the world knows by another name."""
        host = self._parts.mailers[0].relay.host
        return None if is_loopback(host) else host

    def _examine_names(self, names: Dns) -> list[SenderFinding]:
        publisher, dkim = self._parts.publisher, self._parts.settings.sending.dkim
        sender_domain = (publisher.return_path or publisher.address).rpartition("@")[2]
        found = examine_sender(
            names,
            sender_domain=sender_domain,
            from_domain=publisher.domain,
            relay_host=self._relay_host,
        )
        if dkim is None:
            return list(found)
        key = public_key(dkim.path(self._parts.settings.home))
        ours = examine_key(names, domain=dkim.domain, selector=dkim.selector, public_key=key)
        return [*found, ours]
