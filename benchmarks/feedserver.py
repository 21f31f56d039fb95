"""Serves many feeds from a process of its own, as fast as Python can."""

import asyncio
import hashlib
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

#: Feeds stand on this many loopback addresses, as outside they stand on many hosts.
HOSTS = 100
_KINDS = 40
_ENTRIES = 20
_TEXT = (
    "the model reads twice as much text at once and costs a third less to run than before"
    " engineers in the harbour city trained it on public records while its rivals wait for chips"
)


@contextmanager
def serving(count: int) -> Iterator[list[str]]:
    """Serve so many feeds until the block ends; yield their addresses."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    server.start()
    port = ours.recv()
    try:
        yield [f"http://127.0.0.{n % HOSTS + 1}:{port}/{n}" for n in range(count)]
    finally:
        server.terminate()
        server.join()


def document(kind: int) -> bytes:
    """Return a feed of twenty entries with some 1,200 characters of HTML each."""
    random = Random(kind)
    now = datetime.now(UTC)
    items = [_item(random, kind, number, now) for number in range(_ENTRIES)]
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Wire {kind}</title><link>https://wire{kind}.example/</link>"
        f"<description>News of the day</description>{''.join(items)}</channel></rss>"
    ).encode()


def _item(random: Random, kind: int, number: int, now: datetime) -> str:
    page = f"https://wire{kind}.example/{number}"
    paragraphs = "".join(
        f'<p>{_sentence(random, 24)} <a href="/about/{number}">{_sentence(random, 3)}</a>'
        f' <img src="/img/{number}.png" alt=""></p>'
        for _ in range(6)
    )
    date = format_datetime(now - timedelta(hours=number, minutes=kind))
    return (
        f"<item><title>{_sentence(random, 9)}</title><link>{page}</link><guid>{page}</guid>"
        f"<pubDate>{date}</pubDate><dc:creator>Ada Byte</dc:creator><category>AI</category>"
        f"<description>{_sentence(random, 30)}</description>"
        f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded></item>"
    )


def _sentence(random: Random, words: int) -> str:
    return " ".join(random.choices(_TEXT.split(), k=words)).capitalize()


class _Protocol(asyncio.Protocol):
    """Answers GETs: 304 to whoever knows the ETag, the feed to everybody else."""

    def __init__(self, answers: list[tuple[bytes, bytes, bytes]]) -> None:
        self._answers = answers
        self._came = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the way to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._came += data
        while b"\r\n\r\n" in self._came:
            request, _, self._came = self._came.partition(b"\r\n\r\n")
            number = int(request.split(b" ", 2)[1].rpartition(b"/")[2])
            etag, whole, unchanged = self._answers[number % len(self._answers)]
            self._transport.write(unchanged if etag in request else whole)
            if b"connection: close" in request.lower():
                self._transport.close()


def _answer(kind: int) -> tuple[bytes, bytes, bytes]:
    body = document(kind)
    etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:20].encode()
    head = b"HTTP/1.1 %s\r\nETag: " + etag + b"\r\nContent-Type: application/rss+xml\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return etag, head % b"200 OK" + length + body, head % b"304 Not Modified" + b"\r\n"


def _serve(pipe: Any) -> None:
    asyncio.run(_listen(pipe))


async def _listen(pipe: Any) -> None:
    answers = [_answer(kind) for kind in range(_KINDS)]
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Protocol(answers), "127.0.0.1", 0, backlog=512)
    port = first.sockets[0].getsockname()[1]
    for number in range(2, HOSTS + 1):
        await loop.create_server(lambda: _Protocol(answers), f"127.0.0.{number}", port, backlog=512)
    pipe.send(port)
    await asyncio.Event().wait()
