"""Mistakes in templates, told by the file and line that an operator can mend."""

import traceback

from jinja2 import TemplateError, TemplateNotFound

from aidigest.errors import RenderError

#: What a mistake in a template raises; babel asserts the types it is given.
MISTAKES = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def render_error(name: str, error: Exception) -> RenderError:
    """Return the error that says where the template of that name has one."""
    if isinstance(error, UnicodeDecodeError):
        return RenderError(name, f"is not in UTF-8 ({error.reason}); save it so")
    line = getattr(error, "lineno", None)
    file = getattr(error, "filename", None) or getattr(error, "name", None)
    if line is None:
        # An error while rendering tells its place only by the frames it went through.
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in frames if not frame.filename.endswith(".py")]
        if inside:
            file, line = inside[-1].filename, inside[-1].lineno
    reason = getattr(error, "message", None) or str(error) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        reason = f"{error.name!r} not found"  # Older ones of Jinja only say the name.
    return RenderError(str(file or name), reason, line=line)
