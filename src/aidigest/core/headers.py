"""Header fields of a mail as bytes that every client reads right.

Python's own policies fold a long List-Unsubscribe into an encoded word, which
takes the one-click button away (design decision 10), so fields are laid out
here: machine-read ones only ever break at a space, and human-read ones become
encoded words that each hold whole characters (RFC 2047).
"""

import base64
import unicodedata
from email.utils import parseaddr

_LONGEST_LINE = 76
_PREFIX, _SUFFIX = "=?utf-8?b?", "?="
#: What fits between prefix and suffix of a 75 character word, as bytes before base64.
_WORD_BYTES = (75 - len(_PREFIX) - len(_SUFFIX)) // 4 * 3
#: Hold letters and emoji together, or say which way to read; Unicode files them with controls.
_MARKS = "\u200c\u200d\u200e\u200f\u061c"
#: Controls, halves of pairs, and ends of lines and paragraphs. What Unicode has given to nobody is
#: not among them: it may be an emoji that is newer than this Python.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_ATOM_SPECIALS = set('()<>[]:;@\\,."')


def plain_field(name: str, value: str) -> bytes:
    """Return a machine-read field; it is folded only at spaces, never encoded.

    Raises:
        ValueError: The value has a line break, a control or a non-ASCII character.
    """
    lines, line = [], f"{name}:"
    for word in _machine_read(name, value).split(" "):
        if len(line) + 1 + len(word) > _LONGEST_LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"


def text_field(name: str, value: str) -> bytes:
    """Return a field for people, such as a subject, in any language."""
    text = clean(value)
    if _is_plain(text):
        return plain_field(name, text)
    first = _LONGEST_LINE - len(name) - 2
    return f"{name}: {_encoded(text, first=first)}\r\n".encode()


def mailbox_field(name: str, mailbox: str) -> bytes:
    """Return a field with one mailbox, `Name <address>`, the name in any language."""
    display, address = parseaddr(mailbox)
    display = clean(display)
    if not display:
        return plain_field(name, address)
    if not _is_plain(display):
        words = _encoded(display, first=_LONGEST_LINE - len(name) - 2)
        return f"{name}: {words}\r\n <{_machine_read(name, address)}>\r\n".encode()
    if set(display) & _ATOM_SPECIALS:
        escaped = display.replace("\\", r"\\").replace('"', r"\"")
        display = f'"{escaped}"'
    return plain_field(name, f"{display} <{address}>")


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character not in _MARKS


def clean(text: str) -> str:
    """Return the text on one line, NFC, without controls: feeds' titles are hostile."""
    visible = "".join(" " if _is_unseen(c) else c for c in text)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def _machine_read(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} cannot hold {value!r}")
    return value


def _is_plain(text: str) -> bool:
    # A word that looks encoded would be decoded by the reader's client.
    return text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < 60  # noqa: PLR2004 - A longer word cannot be folded.


def _encoded(text: str, *, first: int) -> str:
    words: list[str] = []
    room = min(_WORD_BYTES, (first - len(_PREFIX) - len(_SUFFIX)) // 4 * 3)
    chunk = b""
    for character in _characters(text):
        if len(chunk) + len(character) > room and chunk:
            words.append(_word(chunk))
            chunk, room = b"", _WORD_BYTES
        chunk += character
    words.append(_word(chunk))
    return "\r\n ".join(words)


def _characters(text: str) -> list[bytes]:
    """Return the text letter by letter, marks and joiners kept with what they belong to."""
    found: list[str] = []
    for character in text:
        joins = unicodedata.combining(character) or character in "\u200d\ufe0e\ufe0f"
        if found and (joins or found[-1].endswith("\u200d")) and len(found[-1]) < 8:  # noqa: PLR2004 - Longer clusters would not fit a word.
            found[-1] += character
        else:
            found.append(character)
    return [one.encode() for one in found]


def _word(chunk: bytes) -> str:
    return f"{_PREFIX}{base64.b64encode(chunk).decode()}{_SUFFIX}"
