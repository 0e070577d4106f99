"""Systemic patterns across incidents: the five of the prevention loop, each held against what chance would do."""
