"""The database schema, step by step; installed as `artifacts.migrations`."""
