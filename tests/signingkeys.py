"""Keys that sign mail."""

import base64
from pathlib import Path

import pytest

_HOW_TO_GET_IT = "signing is not here: pip install 'aidigest[dkim]'"


def ed25519_key(folder: Path) -> tuple[Path, str]:
    """Make a key; return its file and what DNS would say."""
    pytest.importorskip("dkim", reason=_HOW_TO_GET_IT)
    signing = pytest.importorskip("nacl.signing", reason=_HOW_TO_GET_IT)
    path, key = folder / "ed25519", signing.SigningKey.generate()
    path.write_bytes(base64.b64encode(bytes(key)) + b"\n")
    return path, f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(key.verify_key)).decode()}"
