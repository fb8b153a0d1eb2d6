"""HTTP: the only room that knows falcon."""
