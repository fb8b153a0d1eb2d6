"""Rules of blobs: what is done to the slots of artifacts."""

from artifacts.policy.artifacts import ADMIN, OWNER
from artifacts.policy.rule import NOTHING, SLOT, Rule

RULES = (
    Rule("artifact:upload", OWNER, "Fill a slot with bytes.", f"PUT {SLOT}"),
    Rule("artifact:set_location", OWNER, "Fill a slot with a link to a URL.", f"PUT {SLOT}"),
    Rule(
        "artifact:set_internal_location",
        OWNER,
        "Fill a slot with a copy of what a URL leads to.",
        f"PUT {SLOT}",
    ),
    Rule(
        "artifact:download_deactivated",
        f"{ADMIN} or not 'deactivated':%(status)s",
        "Read bytes of what is deactivated. A part of artifact:download.",
        f"GET {SLOT}",
    ),
    Rule(
        "artifact:download",
        "rule:artifact:download_deactivated",
        "Read the bytes of an artifact that the caller may see.",
        f"GET {SLOT}",
    ),
    Rule(
        "artifact:download_from_any_artifact",
        ADMIN,
        "Read the bytes of every project's artifacts, whatever artifact:download says. Who may "
        "not is not told: they are not there.",
        f"GET {SLOT}",
        NOTHING,
    ),
    Rule(
        "artifact:download_by_link",
        "role:service",
        "Be sent to the store by a signed link, where the pool's `download` is `redirect`. Who may "
        "not is sent the bytes by the service. Who may read at all is for artifact:download.",
        f"GET {SLOT}",
    ),
    Rule("artifact:delete_blob", OWNER, "Empty a slot.", f"DELETE {SLOT}"),
)
