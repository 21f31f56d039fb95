"""Links lead somewhere; those that leave the repository are read, not followed."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymdownx.slugs import slugify

from docpages import DOCS, PAGES, ROOT, fences, name, without_fences

LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def targets(page: Path) -> list[str]:
    """Return where a page's links lead."""
    words = re.sub(r"`[^`\n]*`", "", without_fences(page))
    return [first or second for first, second in LINK.findall(words)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    slug = slugify(case="lower")
    headings = HEADING.findall(without_fences(page))
    return {slug(re.sub(r"[`*]|\]\([^)]*\)|\[", "", one), "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_link_of_a_page_leads_nowhere(page: Path) -> None:
    """Files move and headings change; links should go with them."""
    broken = []
    for target in targets(page):
        if urlsplit(target).scheme:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)

    assert broken == []


def test_every_page_can_be_reached_from_the_overview_or_its_lists() -> None:
    """Who reads in the repository has no menu of the site beside the page."""
    overview = DOCS / "index.md"
    found = {overview}
    for page in (overview, DOCS / "decisions/README.md"):
        found |= {(page.parent / target.partition("#")[0]).resolve() for target in targets(page)}

    assert [name(page) for page in DOCS.glob("**/*.md") if page.resolve() not in found] == []


@pytest.mark.parametrize("page", [one for one in PAGES if one.name != "CHANGELOG.md"], ids=name)
def test_no_path_that_a_page_names_is_gone(page: Path) -> None:
    """Folders are renamed more easily than the pages that speak of them."""
    words = without_fences(page)
    named = re.findall(r"`((?:src|tests|docs|release|benchmarks)/[^`\s*{]+)`", words)
    inside = re.findall(r"`((?:core|steps|adapters|app|cli|web|settings)/[^`\s*{]*)`", words)

    missing = [one for one in named if not (ROOT / one).exists()]
    missing += [one for one in inside if not (ROOT / "src/aidigest" / one).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_that_leave_are_whole(page: Path) -> None:
    """Nothing is asked for over the network; an address that is none is seen all the same."""
    leaving = [urlsplit(target) for target in targets(page) if "://" in target]

    assert [one.geturl() for one in leaving if one.scheme != "https" or not one.hostname] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_fence_names_its_language(page: Path) -> None:
    """The language says whether a block is run, read or only looked at."""
    assert [fence.line for fence in fences(page) if not fence.language] == []


def test_the_root_has_no_other_pages() -> None:
    """What is to be read is listed, so that it is checked."""
    assert {name(page) for page in PAGES if page.parent == ROOT} == {
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "THIRD-PARTY.md",
        "README.md",
    }
