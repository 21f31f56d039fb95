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
        """Look at what receivers of mail look at; a relay on this machine has none of it."""
        names, site = Dns(), self._parts.settings.site
        found = [] if is_loopback(self._parts.mailers[0].relay.host) else self._examine_names(names)
        click_here = examine_one_click(
            Urls(),
            base_url=site.base_url,
            url=f"{site.base_url}/unsubscribe/nobody",
            has_mailbox=self._parts.settings.mailbox_url is not None,
        )
        return [*found, click_here]

    def _examine_names(self, names: Dns) -> list[SenderFinding]:
        publisher, dkim = self._parts.publisher, self._parts.settings.sending.dkim
        sender_domain = (publisher.return_path or publisher.address).rpartition("@")[2]
        found = examine_sender(
            names,
            sender_domain=sender_domain,
            from_domain=publisher.domain,
            relay_host=self._parts.mailers[0].relay.host,
        )
        if dkim is None:
            return list(found)
        key = public_key(dkim.path(self._parts.settings.home))
        ours = examine_key(names, domain=dkim.domain, selector=dkim.selector, public_key=key)
        return [*found, ours]
