"""What an operator sees of a running service: numbers, and the steps of single requests."""
