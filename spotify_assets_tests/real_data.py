"""Where real chart files and payloads lie; tests read them in place, and are skipped without them."""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"real chart files are not at {REAL_DATA}"
)
