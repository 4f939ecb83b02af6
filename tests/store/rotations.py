"""A rotation of the secret key that is cut off."""

from __future__ import annotations

import pytest

from wbcore.store import sealed


def interrupted_rotation(after: int) -> None:
    """``sealed.rotate`` until so many batches are done; then Ctrl+C."""
    real, calls = sealed._renew, 0

    def fails(*arguments: object) -> tuple[int, int]:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "_renew", fails)
        with pytest.raises(KeyboardInterrupt):
            sealed.rotate()
