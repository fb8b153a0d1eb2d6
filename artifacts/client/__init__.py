"""A typed, streaming client of the artifact service; it needs nothing of the server.

with Client("http://127.0.0.1:9494") as client:
    image = client.create("images", name="debian", version="12.1")
    client.upload("images", image["id"], "image", "debian.iso")
    client.activate("images", image["id"])
"""

from artifacts.client.answers import Document
from artifacts.client.artifacts import Filters
from artifacts.client.auth import Auth
from artifacts.client.client import Client
from artifacts.client.digests import Expected
from artifacts.client.download import Saved
from artifacts.client.errors import (
    Ambiguous,
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NoEndpoint,
    NotFound,
    NotReachable,
    NotTrusted,
    NotUnderstood,
    PartTaken,
    Refused,
    ServerFailed,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unreadable,
    WrongBytes,
)
from artifacts.client.upload import Progress

__all__ = [
    "Ambiguous",
    "Auth",
    "Client",
    "ClientError",
    "Conflict",
    "Document",
    "Expected",
    "Filters",
    "Forbidden",
    "Invalid",
    "NoEndpoint",
    "NotFound",
    "NotReachable",
    "NotTrusted",
    "NotUnderstood",
    "PartTaken",
    "Progress",
    "Refused",
    "Saved",
    "ServerFailed",
    "TooLarge",
    "TooManyRequests",
    "Unauthenticated",
    "Unreadable",
    "WrongBytes",
]
