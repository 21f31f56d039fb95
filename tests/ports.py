"""Ports that nobody listens at."""

import socket


def free_port(address: str = "127.0.0.1") -> int:
    """Return one; whoever is quick might still take it."""
    with socket.create_server((address, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
