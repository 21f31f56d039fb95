"""An SMTP server that takes everything and keeps nothing, fast: `python benchmarks/sink.py`.

It prints the port that it listens on, serves until its standard input ends, and
then prints how many messages it took. Its first argument is the seconds that it
waits before it answers a final dot, its second the address; 127.0.0.1 if not given.
"""

import asyncio
import sys

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 104857600\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_END = b"\r\n.\r\n"
_TAKEN = b"250 2.0.0 taken\r\n"


class Sink(asyncio.Protocol):
    """One connection; all of them count together."""

    taken = 0
    delay_s = 0.0

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._rest = b""
        self._in_message = False
        self._is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whole commands, and swallow messages up to the final dot."""
        self._rest += data
        if self._is_waiting:
            return
        while self._swallow() if self._in_message else self._answer():
            pass

    def _answer(self) -> bool:
        line, end, rest = self._rest.partition(b"\r\n")
        if not end:
            return False
        self._rest = rest
        verb = line[:4].upper()
        self._transport.write(_ANSWERS.get(verb, b"250 OK\r\n"))
        self._in_message = verb == b"DATA"
        if verb == b"QUIT":
            self._transport.close()
        return True

    def _swallow(self) -> bool:
        _message, end, rest = self._rest.partition(_END)
        if not end:
            # Only the last bytes may still belong to the end.
            self._rest = self._rest[-len(_END) :]
            return False
        self._rest = rest
        self._in_message = False
        Sink.taken += 1
        if not Sink.delay_s:
            self._transport.write(_TAKEN)
            return True
        # What was sent ahead of this answer is answered after it.
        asyncio.get_running_loop().call_later(Sink.delay_s, self._answer_late)
        self._is_waiting = True
        return False

    def _answer_late(self) -> None:
        self._transport.write(_TAKEN)
        self._is_waiting = False
        self.data_received(b"")


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, (sys.argv[2:] or ["127.0.0.1"])[0], 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(Sink.taken, flush=True)
    server.close()


if __name__ == "__main__":
    Sink.delay_s = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    asyncio.run(main())
