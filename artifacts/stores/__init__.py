"""Bytes: the stores that keep them and the measured stream that goes in."""
