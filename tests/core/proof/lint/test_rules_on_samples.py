"""Every rule holds for every sample in every look, on the final bytes."""

from dataclasses import replace

import pytest

from aidigest.core.proof.clients import shipped_support
from aidigest.core.proof.lint import Level, check_message, feed_words
from aidigest.preview.samples import SAMPLE_TIME, sample
from mails import LOOKS, NAMES, RENDERER, message, sampled

SUPPORT = shipped_support()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_no_rule_is_broken(name: str, look: str) -> None:
    """Rules H, M and T: notes say what some client cannot show, and nothing else is found."""
    rendered = sampled(name, look)

    found = check_message(
        message(rendered), quoted=feed_words(rendered.edition), support=SUPPORT, now=SAMPLE_TIME
    )

    assert [one for one in found if one.level is not Level.NOTE] == []


@pytest.mark.parametrize(
    "sign", ["\U0001fae8", "\U0001faff", "\ue000", "\uffff", "\u200f", "\u061c", "\xad", "\u202e"]
)
def test_no_sign_of_a_headline_parts_the_subject_from_the_title(sign: str) -> None:
    """An emoji newer than the Python was a blank in the subject alone: nobody got the edition."""
    made = sample("1")
    (section,) = made.sections
    told = replace(section.stories[0], title=f"Kestrel {sign} 3")
    rendered = RENDERER.render(replace(made, sections=(replace(section, stories=(told,)),)))

    found = check_message(message(rendered), support=SUPPORT, now=SAMPLE_TIME)

    assert [one for one in found if one.level is Level.ERROR] == []


@pytest.mark.parametrize("look", LOOKS)
def test_what_a_client_lacks_is_only_what_can_be_spared(look: str) -> None:
    """Rule T9: the layout holds without all of it."""
    found = check_message(message(sampled("40", look)), support=SUPPORT, now=SAMPLE_TIME)

    told = {one.what.partition(" ")[0] for one in found if one.rule == "T9"}
    assert told <= {
        "css-at-media",
        "css-at-media-prefers-color-scheme",
        "css-border-radius",
        "css-color-scheme",
        "css-display-none",
        "css-max-height",
        "css-object-fit",
        "css-overflow",
        "css-overflow-wrap",
        "css-pseudo-class-hover",
        "css-selector-attribute",
        "css-selector-class",
        "css-selector-descendant",
        "css-word-break",
        "html-body",
        "html-meta-color-scheme",
        "html-style",
        "image-base64",
    }
