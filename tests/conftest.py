"""Shared by all tests."""

from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine is no bug: no test fails for the time that it takes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
