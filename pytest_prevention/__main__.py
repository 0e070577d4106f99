"""``python -m pytest_prevention``: the command line."""

from pytest_prevention.cli import main

raise SystemExit(main())
