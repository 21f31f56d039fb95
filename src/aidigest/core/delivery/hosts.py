"""Names of hosts, as far as they can be wrong before anybody looks them up."""


def check_host(name: str) -> None:
    """Raise ValueError for what no host is called; its words go on after the setting's name."""
    try:
        name.encode("idna")
    except UnicodeError:
        words = "names a host with a part that is empty or too long; look at its dots"
        raise ValueError(words) from None
