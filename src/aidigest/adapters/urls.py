"""Asking whether an address of our own answers, for the doctor."""

import certifi
import urllib3

#: Seconds that an answer may take.
_TIMEOUT_S = 5.0


class Urls:
    """Makes one GET, which never acts, and looks at the status alone."""

    def status(self, url: str) -> int | None:
        """Return the status; None where nobody answers."""
        with urllib3.PoolManager(ca_certs=certifi.where()) as pool:
            try:
                answer = pool.request(
                    "GET", url, timeout=_TIMEOUT_S, retries=False, preload_content=False
                )
            except urllib3.exceptions.HTTPError:
                return None
            status = answer.status
            answer.close()
            return status
