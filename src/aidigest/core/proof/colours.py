"""Colours: read, compared as WCAG does, and turned dark as mail apps do."""

import colorsys
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from tinycss2.color3 import RGBA, parse_color


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue from 0 to 1; nothing is transparent."""

    red: float
    green: float
    blue: float

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the colour that CSS names so, or nothing where it names none."""
        parsed = _parsed(text)
        return cls(*parsed) if parsed else None

    @property
    def luminance(self) -> float:
        """How bright it looks; WCAG 2.2, relative luminance."""
        red, green, blue = map(_linear, (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mirrored(self) -> Self:
        """Return it as light as it was dark, in the same hue."""
        hue, lightness, saturation = colorsys.rgb_to_hls(self.red, self.green, self.blue)
        return type(self)(*colorsys.hls_to_rgb(hue, 1 - lightness, saturation))

    def __str__(self) -> str:
        parts = (self.red, self.green, self.blue)
        return "#" + "".join(f"{round(255 * max(0.0, min(1.0, part))):02x}" for part in parts)


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> tuple[float, float, float] | None:
    parsed = parse_color(text)
    if not isinstance(parsed, RGBA) or parsed.alpha == 0:
        return None
    return parsed.red, parsed.green, parsed.blue


def contrast(one: Colour, other: Colour) -> float:
    """Return how well they stand apart, from 1 to 21; WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def forced_text(colour: Colour) -> Colour:
    """Return the text colour as an app shows it that makes every mail dark."""
    return colour.mirrored() if _lightness(colour) < 0.5 else colour  # noqa: PLR2004 - Half.


def forced_background(colour: Colour) -> Colour:
    """Return the background as an app shows it that makes every mail dark."""
    return colour.mirrored() if _lightness(colour) > 0.5 else colour  # noqa: PLR2004 - Half.


def _lightness(colour: Colour) -> float:
    return colorsys.rgb_to_hls(colour.red, colour.green, colour.blue)[1]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB.
