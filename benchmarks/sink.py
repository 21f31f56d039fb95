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


class Sink(asyncio.BufferedProtocol):
    """One connection; all of them count together."""

    #: What came last, on whichever connection. A buffer for each read, as a usual
    #: protocol has it, takes the sink more time than all the rest.
    buffer = memoryview(bytearray(64 * 1024))
    taken = 0
    delay_s = 0.0

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._rest = b""
        self._answers = b""
        self._in_message = False
        self._is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Say where to put what comes."""
        return Sink.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Answer what has come, unless an answer is still outstanding."""
        self._rest += Sink.buffer[:nbytes]
        if not self._is_waiting:
            self._go_on()

    def _go_on(self) -> None:
        """Answer whole commands, together (RFC 2920), and swallow messages up to the final dot."""
        while self._swallow() if self._in_message else self._answer():
            pass
        if self._answers:
            self._transport.write(self._answers)
        self._answers = b""

    def _answer(self) -> bool:
        line, end, rest = self._rest.partition(b"\r\n")
        if not end:
            return False
        self._rest = rest
        verb = line[:4].upper()
        self._answers += _ANSWERS.get(verb, b"250 OK\r\n")
        self._in_message = verb == b"DATA"
        if verb == b"QUIT":
            self._transport.write(self._answers)
            self._transport.close()
            return False
        return True

    def _swallow(self) -> bool:
        end = self._rest.find(_END)
        if end < 0:
            # Only the last bytes may still belong to the end.
            self._rest = self._rest[-len(_END) :]
            return False
        self._rest = self._rest[end + len(_END) :]
        self._in_message = False
        Sink.taken += 1
        if not Sink.delay_s:
            self._answers += _TAKEN
            return True
        # What was sent ahead of this answer is answered after it.
        asyncio.get_running_loop().call_later(Sink.delay_s, self._answer_late)
        self._is_waiting = True
        return False

    def _answer_late(self) -> None:
        self._answers += _TAKEN
        self._is_waiting = False
        self._go_on()


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
