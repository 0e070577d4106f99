"""Alert rules: reading them, whatever tool they are written for, and trying those that promtool can run."""
