"""What the machine refuses, in words that say what to do about it."""

import errno

_HINTS = {
    errno.EACCES: "the user that aidigest runs as must be allowed to read and write there",
    errno.EPERM: "the user that aidigest runs as must be allowed to do this",
    errno.EROFS: "choose a home on a disk that can be written to",
    errno.ENOSPC: "make room and run it again; what was sent is not forgotten",
    errno.EDQUOT: "make room and run it again; what was sent is not forgotten",
    errno.EFBIG: "the limit on the size of files is too low here (`ulimit -f`)",
    errno.EMFILE: "the limit on open files is too low here (`ulimit -n`)",
    errno.EEXIST: "a file stands where a folder belongs; move it away",
    errno.ENOTDIR: "a file stands where a folder belongs; move it away",
    errno.EADDRINUSE: "another program has it; end that, or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ECONNREFUSED: "nothing listens there; is it running, and are host and port right?",
    errno.ENETUNREACH: "there is no way there; is this machine on the network?",
    errno.EHOSTUNREACH: "there is no way there; is the host's name right?",
    errno.ETIMEDOUT: "no answer came; are host and port right, and does a firewall let it pass?",
}

#: By the first words of the names that SQLite gives its errors (sqlite.org/rescode.html).
_SQLITE_HINTS = {
    "SQLITE_BUSY": "another program holds it; end that, or run this again later",
    "SQLITE_CANTOPEN": "its folder must exist, and aidigest be allowed to write there",
    "SQLITE_CORRUPT": "restore it from a backup; `sqlite3 FILE .recover` may save the rest",
    "SQLITE_FULL": "the disk is full: make room and run it again; what was sent is not forgotten",
    "SQLITE_IOERR": "look whether the disk is full or broken; what was sent is not forgotten",
    "SQLITE_NOTADB": "move it away, or name another file with DATABASE_URL",
    "SQLITE_READONLY": "aidigest must be allowed to write the file and its folder",
}


def system_words(error: OSError) -> str:
    """Return what the system refused, where, and what to do, as far as that is known."""
    place = f"{error.filename}: " if error.filename else ""
    # Python itself adds the address to some; ours has been named already.
    said = (error.strerror or str(error)).partition(" (while ")[0]
    return f"{place}{said}{_after(_HINTS.get(error.errno or 0))}"


def sqlite_words(name: str, said: str) -> str:
    """Return what SQLite said, and what to do.

    Args:
        name: As SQLite names the error, `SQLITE_BUSY_SNAPSHOT`.
        said: Its words.
    """
    return f"{said}{_after(_SQLITE_HINTS.get('_'.join(name.split('_')[:2])))}"


def _after(hint: str | None) -> str:
    return f"; {hint}" if hint else ""
