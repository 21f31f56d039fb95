"""Files that stand under their own name only when they are whole."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8; who reads it meanwhile, or after a death in between, finds the old."""
    unfinished = path.with_suffix(f"{path.suffix}.part")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)
