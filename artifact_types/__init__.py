"""The types that come with the service."""
