"""A typed artifact repository service."""

__version__ = "0.1.0"
