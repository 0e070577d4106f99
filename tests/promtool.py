"""Tests that run promtool: where there is none, they are skipped and say what to install."""

import shutil

import pytest

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool not found: apt-get install --no-install-recommends prometheus"
)
