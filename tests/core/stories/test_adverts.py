"""Adverts are known by their marks and their shape, not by a word."""

import pytest

from aidigest.core.stories.adverts import advert_in
from storysamples import entry


@pytest.mark.parametrize(
    ("title", "summary", "url"),
    [
        ("[Sponsored] Why your factory needs a robot", "", ""),
        ("Trợ lý học tiếng Anh (QC)", "", ""),
        ("Half-price subscriptions: use code HARBOR40", "Enter it at checkout.", ""),
        ("Language app: 40% off with code LEARN40 today only", "", ""),
        ("Khóa học lập trình giảm 50%, nhập mã HOC50", "", ""),
        ("How one harbor runs itself", "", "https://wire.example/paid-content/harbor"),
        ("Kestrel for captains", "My thanks to Kestrel for sponsoring this week's feed.", ""),
        ("Early bird tickets for the robot fair end Friday", "", ""),
    ],
)
def test_an_offer_is_an_advert(title: str, summary: str, url: str) -> None:
    """Nobody subscribes to a digest of coupons."""
    assert advert_in(entry("a", title, summary, url=url))


@pytest.mark.parametrize(
    "title",
    [
        "Chip maker's shares fall 12% off their peak as doubts about AI grow",
        "State-sponsored hackers use chatbots to write phishing mails",
        "Lab lead promoted to chief scientist after robot success",
        "Regulator fines shop for AI-made coupon codes that never worked",
        "Startup raises $40 million to fight fake promo codes with AI",
        "Công an cảnh báo mã giảm giá giả do AI tạo ra",
    ],
)
def test_news_about_offers_is_no_advert(title: str) -> None:
    """The same words stand in real news; dropping it is the worse mistake."""
    assert not advert_in(entry("a", title))
