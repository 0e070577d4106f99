"""Every production incident ends in a prevention that works, and CI enforces it."""

__version__ = "0.1.0"
