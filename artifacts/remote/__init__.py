"""Other people's servers: the only place that connects to them on a caller's behalf."""
