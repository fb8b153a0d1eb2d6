"""What runs the contract's rows: read from rows.yaml, sent, and compared with what is expected."""
