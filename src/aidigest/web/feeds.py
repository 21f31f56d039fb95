"""Our own feeds: of each digest's editions, and of each topic's stories."""

from collections.abc import Callable

from flask import Flask, Response, abort

from aidigest.adapters.database import Told
from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import Edition
from aidigest.core.editions.syndication import Item, Syndicated, atom, json_feed
from aidigest.web.house import House

_EDITIONS = 20
_STORIES = 50

_KINDS = {"atom": "application/atom+xml", "json": "application/feed+json"}


class FeedPages:
    """`/feeds/DIGEST.atom`, `/feeds/topics/TOPIC.json` and their like."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the routes."""
        flask.add_url_rule("/feeds/<digest_id>.<kind>", "feed", self.editions)
        flask.add_url_rule("/feeds/topics/<topic_id>.<kind>", "topic_feed", self.topic)

    def editions(self, digest_id: str, kind: str) -> Response:
        """Give the latest editions of a digest."""
        digest, house = self._house.digest(digest_id), self._house
        if digest is None or kind not in _KINDS:
            abort(404)

        def make() -> Syndicated:
            return Syndicated(
                title=digest.title,
                language=digest.language,
                home_url=house.url(f"/archive/{digest.id}"),
                feed_url=house.url(f"/feeds/{digest.id}.{kind}"),
                items=tuple(
                    self._edition_item(one, digest)
                    for one in house.app.published.latest(digest.id, limit=_EDITIONS)
                ),
            )

        return self._answer(("feed", digest_id), kind, make)

    def topic(self, topic_id: str, kind: str) -> Response:
        """Give the latest stories under a topic."""
        house, settings = self._house, self._house.app.settings
        topic = next((one for one in settings.topics if one.id == topic_id), None)
        if topic is None or kind not in _KINDS:
            abort(404)
        language = settings.digests[0].language

        def make() -> Syndicated:
            return Syndicated(
                title=f"{settings.site.name}: {topic.heading(language)}",
                language=language,
                home_url=house.url("/archive"),
                feed_url=house.url(f"/feeds/topics/{topic.id}.{kind}"),
                items=tuple(
                    self._story_item(one, language)
                    for one in house.app.published.of_topic(topic.id, limit=_STORIES)
                ),
            )

        return self._answer(("topic", topic_id), kind, make)

    def _edition_item(self, edition: Edition, digest: Digest) -> Item:
        house, day = self._house, edition.date.isoformat()
        return Item(
            url=house.url(f"/archive/{digest.id}/{day}"),
            title=f"{edition.digest_title}, {day}",
            html=house.pages.page("feed.html", language=digest.language, edition=edition),
            at=edition.created_at,
            language=edition.language,
        )

    def _story_item(self, told: Told, language: str) -> Item:
        house, story = self._house, told.story
        return Item(
            url=house.url(f"/stories/{story.id}"),
            title=story.title,
            html=house.pages.page("feed_story.html", language=language, told=told),
            at=told.edition.created_at,
            language=story.language,
            source_url=story.url,
            author=story.entries[0].feed if story.entries else "",
        )

    def _answer(self, key: tuple[str, str], kind: str, make: Callable[[], Syndicated]) -> Response:
        app = self._house.app

        def written() -> bytes:
            feed = make()
            return atom(feed, now=app.clock()) if kind == "atom" else json_feed(feed)

        answer = self._house.public(
            (*key, kind, app.published.stamp()), written, mimetype=_KINDS[kind]
        )
        # Readers on other sites may show our feeds.
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer
