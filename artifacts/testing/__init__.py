"""Promises that authors of types and stores can test theirs against."""
