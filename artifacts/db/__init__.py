"""Metadata: the only room that knows SQLAlchemy."""
