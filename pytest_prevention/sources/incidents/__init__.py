"""Incident records: front matter or a filled-in post-mortem to values."""
