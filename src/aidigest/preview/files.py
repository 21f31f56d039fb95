"""A preview as files, named in the design's contract."""

import json
from pathlib import Path

from aidigest.core.editions.contract import contract_json
from aidigest.preview.shown import Preview


def write_preview(preview: Preview, folder: Path) -> None:
    """Write the mail, its parts, the Markdown and `edition.json` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "message.eml").write_bytes(preview.message)
    edition = json.dumps(contract_json(preview.rendered), ensure_ascii=False, indent=2)
    texts = {
        "email.html": preview.html,
        "email.txt": preview.text,
        "edition.md": preview.rendered.markdown,
        "edition.json": f"{edition}\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
