"""What `make site` does beside mkdocs: pages from outside docs/, and links that lead there.

mkdocs calls these by their names (mkdocs.org, "hooks"). Links in the pages are
those of the repository, so that they work wherever its files are shown.
"""

import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

#: Page of the repository -> where the site has it.
OUTSIDE = {
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "README.md": "index.md",
}

_LINK = re.compile(r"(?<!!)\[(?P<label>[^\]\[]+)\]\((?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside of docs/."""
    for source, page in OUTSIDE.items():
        if files.get_file_from_path(page) is None:
            files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - mkdocs' signature.
    """Bend links to what lies outside of docs/."""
    shown = page.file.src_uri
    source = next((one for one, there in OUTSIDE.items() if there == shown), f"docs/{shown}")
    return _LINK.sub(lambda link: _bent(link, source=source, shown=shown, files=files), markdown)


def _bent(link: re.Match[str], *, source: str, shown: str, files: Files) -> str:
    target = link["target"]
    if not target or "://" in target or target.startswith("mailto:"):
        return link[0]
    there = normpath(join(dirname(source), target))
    inside = OUTSIDE.get(there) or there.removeprefix("docs/")
    if inside != there and files.get_file_from_path(inside) is not None:
        return f"[{link['label']}]({relpath(inside, dirname(shown) or '.')}{link['anchor'] or ''})"
    # A file of the source: the site does not have it, and says its name.
    is_there = (ROOT / there).exists() and not there.startswith("docs/")
    return f"`{there}`" if is_there else link[0]
