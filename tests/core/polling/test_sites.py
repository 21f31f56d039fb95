"""Which feeds share a server's patience."""

from datetime import timedelta

import pytest

from aidigest.core.polling.sites import manners, site_of


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://a.tumblr.com/rss", "tumblr.com"),
        ("https://b.tumblr.com/rss", "tumblr.com"),
        ("https://www.youtube.com/feeds/videos.xml?channel_id=1", "youtube.com"),
        ("https://tech.example.co.uk/rss", "example.co.uk"),
        ("https://someone.github.io/feed", "github.io"),
        ("https://bao.example.com.vn:8443/rss", "example.com.vn"),
        ("http://127.0.0.1:8080/rss", "127.0.0.1:8080"),
        ("http://127.0.0.1/rss", "127.0.0.1:80"),
        ("https://nas/rss", "nas:443"),
        ("http://93.184.215.14/rss", "93.184.215.14:80"),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_site_is_a_registrable_domain_or_a_port_of_the_local_network(url: str, site: str) -> None:
    """Limits span the hosts below a domain; two servers of one machine know nothing of it."""
    assert site_of(url) == site


def test_sites_have_manners_of_their_own() -> None:
    """Two seconds apart, but for those that are known to want more, or are our own."""
    gaps = {
        site: manners(site).gap.total_seconds()
        for site in ("example.org", "reddit.com", "127.0.0.1:80", "nas:80", "93.184.215.14:80")
    }

    assert gaps == {
        "example.org": 2,
        "reddit.com": 60,
        "127.0.0.1:80": 0,
        "nas:80": 0,
        "93.184.215.14:80": 2,
    }
    assert manners("10.1.2.3:80").gap == timedelta()
    assert manners("youtube.com").soft_404
    assert not manners("example.org").soft_404
