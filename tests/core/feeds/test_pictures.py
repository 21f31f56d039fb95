"""Which of the images that a feed offers becomes a story's picture."""

import pytest

from aidigest.core.feeds.imagelinks import ImageLink
from aidigest.core.feeds.pictures import Picture, choose_picture

BASE = "https://news.example/2026/story"
PHOTO = "https://news.example/photo.jpg"


def named(url: str = PHOTO, *, width: int | None = None, height: int | None = None) -> ImageLink:
    """Return an image that the feed names as the item's own."""
    return ImageLink(url=url, width=width, height=height, is_named=True)


def in_text(url: str = PHOTO, *, width: int | None = None, height: int | None = None) -> ImageLink:
    """Return an image that stands in the text."""
    return ImageLink(url=url, width=width, height=height)


def chosen(*links: ImageLink) -> Picture | None:
    """Choose."""
    return choose_picture(links, base=BASE)


def test_what_the_feed_names_may_be_of_unknown_size() -> None:
    """Many feeds name a picture and say no more of it."""
    assert chosen(named("/photo.jpg")) == Picture(url=PHOTO)


def test_what_stands_in_the_text_must_show_that_it_is_no_pixel() -> None:
    """The images of a text may be anything."""
    assert chosen(in_text()) is None
    assert chosen(in_text(width=640)) is None
    assert chosen(in_text(width=640, height=360)) == Picture(url=PHOTO, width=640, height=360)


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/photo.jpg",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https://user:pw@news.example/photo.jpg",
        "https://news.example/photo.svg",
        "https://news.example/moves.gif",
        "https://stats.example/pixel?id=7",
        "https://pixel.example/a.jpg",
        "https://news.example/img/1x1.png",
        "https://feeds.feedburner.com/~ff/x",
        "https://a.example/avatars/ann.png",
        "https://a.example/site-logo.png",
        "https://a.example/" + "a" * 600 + ".jpg",
        "https://[broken/photo.jpg",
        "",
    ],
)
def test_what_is_no_safe_picture_is_left_out(url: str) -> None:
    """Only https, only formats that mails show, nothing that counts readers or adorns pages."""
    assert chosen(named(url)) is None
    assert chosen(in_text(url, width=640, height=360)) is None


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (30, 30), (80, 60), (728, 90), (160, 600), (6192, 3480), (0, 0)]
)
def test_what_is_tiny_huge_or_no_pictures_form_is_left_out(width: int, height: int) -> None:
    """Pixels, faces, banners, skyscrapers, and what weighs megabytes."""
    assert chosen(named(width=width, height=height)) is None


def test_a_tiny_width_alone_is_believed() -> None:
    """A named image that is 30 wide is somebody's face."""
    assert chosen(named(width=30)) is None


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("wp-content/uploads/2026/08/Robot-535196267-1152x648.jpg", (1152, 648)),
        ("thumbor/abc=/10x0:2335x1550/1310x873/cdn/uploads/1.jpg", (1310, 873)),
        ("8RcynTx1=w528-h297-n-nu", (528, 297)),
        ("fetch/https%3A%2F%2Fm.example%2Fabc_2048x1152.jpeg", (2048, 1152)),
        ("2017/11/14/DSC403500x300-15106_180x108.jpg", (180, 108)),
    ],
)
def test_an_address_tells_the_size(path: str, size: tuple[int, int]) -> None:
    """Servers that resize put it there, and it is truer than the box that a page shows it in."""
    picture = chosen(in_text(f"https://i.example/{path}", width=130, height=100))

    assert picture is not None
    assert (picture.width, picture.height) == size


def test_the_lightest_that_is_sharp_is_taken() -> None:
    """Shown 96 wide, 192 is enough for any screen, and readers pay for what is more."""
    large, small, tiny = (
        named(f"https://news.example/{width}.jpg", width=width, height=width // 2)
        for width in (1200, 400, 120)
    )
    unknown = named()

    picks = [
        chosen(*links)
        for links in ((large, unknown, tiny, small), (tiny, unknown), (tiny,), (unknown, small))
    ]

    assert [one.url.rpartition("/")[2] for one in picks if one] == [
        "400.jpg",
        "photo.jpg",
        "120.jpg",
        "400.jpg",
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Featured image", ""),
        ("a-very-long-file-name-2026.jpeg", ""),
        ("A <b>robot</b> folds\n shirts in Harbor", "A robot folds shirts in Harbor"),
    ],
)
def test_an_alternative_text_is_kept_where_it_tells_something(said: str, kept: str) -> None:
    """With images off it is all there is, and a file's name is worse than nothing."""
    link = ImageLink(url=PHOTO, width=640, height=360, alt=said)

    picture = chosen(link)

    assert picture is not None
    assert picture.alt == kept


def test_a_picture_without_a_size_is_shown_as_a_photograph() -> None:
    """A box of 96 by 60, in which nothing has to jump."""
    assert Picture(url=PHOTO).height_at(96) == 60
    assert Picture(url=PHOTO, width=1200, height=600).height_at(96) == 48
