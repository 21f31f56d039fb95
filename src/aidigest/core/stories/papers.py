"""Abstracts of papers, which open with their field and come to the news later."""

import re

#: Where a paper says what it does; its field and what is lacking there come before.
_DEED = re.compile(
    r"(?:(?:In|With) this (?:paper|work|study|technical report|report), )?"
    r"(?:[Ww]e|this (?:paper|work|study)|This (?:paper|work|study|technical report))"
    r"(?: first| also)? (?:present|propos|introduc|investigat|stud[yi]|examin|develop|describ"
    r"|explor|analy[sz]|demonstrat|show|formali[sz]|find|prov[ei]|releas)"
)
#: That speaks of what only the sentences before it name.
_POINTS_BACK = re.compile(
    r"\b(?:these|those)\b|\b(?:this|such|the) (?:\w+ )?(?:problem|challenge|issue|gap|limitation"
    r"|question|assumption|bottleneck|shortcoming|tension|setting|system|method|framework|approach"
    r"|variation|barrier)s?\b"
)


def tells_deed(sentence: str) -> bool:
    """Say whether a paper's sentence tells what it does, and can be read by itself."""
    return _DEED.match(sentence) is not None and _POINTS_BACK.search(sentence) is None
