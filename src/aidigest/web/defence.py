"""What every answer carries, and what is turned away before a form acts."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

#: No script, no frame, nothing from anywhere else: whatever a feed's text may hold, it is text.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Links in mails are secret: no other site is told them. `no-referrer` would
    # take the Origin away, by which forms of ours are known.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_HSTS = "max-age=31536000"

#: The longest body that any form of ours has, in bytes.
LONGEST_BODY = 64 * 1024


def defend(flask: Flask, *, base_url: str) -> None:
    """Have every answer carry the headers, and every body be of a bearable size."""
    flask.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    flask.config["MAX_FORM_PARTS"] = 200
    is_https = urlsplit(base_url).scheme == "https"

    def harden(answer: Response) -> Response:
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        if is_https:
            answer.headers.setdefault("Strict-Transport-Security", _HSTS)
        return answer

    flask.after_request(harden)


def refuse_zero_bytes() -> None:
    """Answer that nothing is there: PostgreSQL can neither store nor look for a zero byte."""
    asked = (request.path, *request.args, *(text for _, text in request.args.items(multi=True)))
    if any("\x00" in text for text in asked):
        abort(404)


def refuse_foreign_forms(base_url: str) -> None:
    """Turn away what a page of another site sends in a visitor's name.

    There is no cookie that it could misuse; what it could do is to have visitors
    of its own ask for mails to other people's addresses.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            abort(403)
        return
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return
    if urlsplit(origin).netloc not in {request.host, urlsplit(base_url).netloc}:
        abort(403)
