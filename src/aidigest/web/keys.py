"""The operator's token: as a bearer's, or as the password that a browser asks for."""

from hmac import compare_digest

from flask import request


def has_operator_token(token: str | None) -> bool:
    """Whether the request carries the operator's token; never where there is none."""
    given = request.authorization
    if token is None or given is None:
        return False
    shown = given.token if given.type == "bearer" else given.password
    return compare_digest((shown or "").encode(errors="replace"), token.encode())
