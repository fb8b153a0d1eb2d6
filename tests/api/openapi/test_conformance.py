"""Schemathesis makes requests of the document, and holds every answer against it."""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import pytest
import requests
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import unregister_all

LOCATION = "application/vnd+openstack.glare-custom-location+json"
PROBLEM = "application/problem+json"
DIGESTS = ("Repr-Digest", "Content-Digest", "Content-MD5")
LONGEST_KEY = 255


@dataclass
class Report:
    """What came of a run: how many answers of each status to each operation, and every failure."""

    cases: int = 0
    statuses: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[str, str] = field(default_factory=dict)

    def count(self, event: Any) -> None:
        if isinstance(event, events.ScenarioFinished):
            self._count(event.recorder)
        if isinstance(event, events.NonFatalError):
            self.failures[event.label] = repr(event.value)
        if isinstance(event, events.FatalError):
            raise event.exception

    def _count(self, recorder: Any) -> None:
        self.cases += len(recorder.interactions)
        for case_id, checks in recorder.checks.items():
            for info in (check.failure_info for check in checks):
                if info is not None:
                    told = recorder.interactions[case_id].response
                    text = f"{info.failure.message}\n{told and told.content!r}\n{info.code_sample}"
                    self.failures.setdefault(f"{recorder.label}: {info.failure.title}", text[:3000])

    def look(self, label: str, told: bytes) -> None:
        """Take it for a failure if an answer tells of our insides."""
        for inside in (b"Traceback (most", b'File "/', b"site-packages"):
            if inside in told:
                self.failures[f"{label}: tells of our insides"] = repr(told)[:3000]

    @property
    def summary(self) -> str:
        every: Counter[str] = Counter()
        for counted in self.statuses.values():
            every.update(f"{status // 100}xx" for status in counted.elements())
        classes = ", ".join(f"{count} {name}" for name, count in sorted(every.items()))
        return f"schemathesis: {self.cases} cases of {len(self.statuses)} operations: {classes}"

    @property
    def table(self) -> str:
        """Tell how many answers of each status came, by operation."""
        return "\n".join(
            f"{label}: {', '.join(f'{count} x {status}' for status, count in sorted(each.items()))}"
            for label, each in sorted(self.statuses.items())
        )

    def without_success(self, document: Any) -> set[str]:
        """Return the operations that the document lets succeed, but that never did."""
        able = {
            f"{method.upper()} {path}"
            for path, item in document["paths"].items()
            for method, told in item.items()
            if method != "parameters" and any(each[0] in "23" for each in told["responses"])
        }
        return {label for label in able if not any(each < 400 for each in self.statuses[label])}


@pytest.fixture
def run(world: Any) -> Iterator[Callable[[int], Report]]:
    """Run every phase with every check, and *examples* for each operation in the random one."""

    def start(examples: int) -> Report:
        settings = schemathesis.Config.from_dict(configured(world.token, examples))
        described = schemathesis.openapi.from_url(f"{world.url}/openapi.json", config=settings)
        report, known = Report(), Requests(world)

        @schemathesis.hook
        def before_call(context: Any, case: Any, kwargs: Any) -> None:
            known.settle(case)

        @schemathesis.hook
        def after_call(context: Any, case: Any, response: Any) -> None:
            report.statuses[case.operation.label][response.status_code] += 1
            report.look(case.operation.label, response.content)

        @schemathesis.hook
        def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
            return not meant(failure, case, response)

        for event in from_schema(described).execute():
            report.count(event)
        return report

    logging.disable(logging.CRITICAL)
    yield start
    logging.disable(logging.NOTSET)
    unregister_all()


def configured(token: str, examples: int) -> dict[str, Any]:
    return {
        "seed": 11,
        "continue-on-failure": True,
        "generation": {
            "max-examples": examples,
            "deterministic": True,
            "allow-x00": False,
            "no-shrink": True,
            "database": "none",
        },
        "parameters": {"header.OpenStack-API-Version": "artifact 1.2"},
        "auth": {"openapi": {"token": {"api_key": token}}},
    }


class Requests:
    """Lets requests meet what is there: most ids are an artifact's, and URLs those of a server."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self._settled = 0

    def settle(self, case: Any) -> None:
        self._settled += 1  # some operations are asked the same again and again
        follows = case.meta.phase.name == TestPhase.STATEFUL  # what was answered before
        # An id that was answered is another one in each run.
        asked = () if follows else (case.path_parameters, case.query, case.body)
        chosen = crc32(repr((self._settled, *asked)).encode())
        if isinstance(case.body, dict) and str(case.body.get("url")).startswith("http"):
            case.body["url"] = self._world.elsewhere  # no other server is ever asked
        if chosen % 4 == 0:
            case.headers["Accept"] = PROBLEM
        if case.method == "PUT" and (chosen % 5 or case.headers.get("Repr-Digest") == "0"):
            self._expect_nothing(case)  # schemathesis says 0 where it finds no value
        if chosen % 8 and "id" in case.path_parameters and not follows:
            case.path_parameters["id"] = self._artifact(case, filled=bool(chosen % 3))

    def _expect_nothing(self, case: Any) -> None:
        """Let an upload or a link succeed: no bytes have digests that were made up."""
        for name in DIGESTS:
            case.headers.pop(name, None)
        if case.media_type == LOCATION and isinstance(case.body, dict):
            for name in ("size", "md5", "sha1", "sha256", "sha512"):
                case.body.pop(name, None)

    def _artifact(self, case: Any, *, filled: bool) -> str:
        """Make one of the path's type; for a request of a slot, with a blob in it if *filled*."""
        _, _, type_name, _, *slot = case.path.split("/")
        path = "/".join(slot).replace("{key}", str(case.path_parameters.get("key")))
        fits = 0 < len(path) < LONGEST_KEY and case.media_type != LOCATION
        known = "images" if type_name == "all" else type_name
        match slot:
            case ["tags"]:
                return str(self._world.artifact(known, tags=_tags(case, type_name)))
            case ["tags", _]:
                tag = str(case.path_parameters["tag"])
                return str(self._world.artifact(known, tags=[tag] if _tag(tag) else []))
            case ["members"]:
                return str(self._world.shared(known, None))
            case ["members", _]:
                if case.method == "PUT":
                    case.path_parameters["project"] = self._world.operator
                project = str(case.path_parameters["project"])
                named = 0 < len(project) <= 255 and project != "owner"
                return str(self._world.shared(known, project if named else None))
        return str(self._world.artifact(known, path if filled and fits else None))


def _tag(text: str) -> bool:
    return 0 < len(text) <= 255 and "," not in text and "/" not in text


def _tags(case: Any, type_name: str) -> list[str]:
    """Return tags for an artifact: through `all`, it may be asked only for those that it has."""
    if type_name != "all" or case.method not in ("PUT", "DELETE"):
        return ["a"]
    tags = case.body.get("tags") if isinstance(case.body, dict) else None
    able = isinstance(tags, list) and all(isinstance(tag, str) and _tag(tag) for tag in tags)
    return list(dict.fromkeys(tags)) if tags and able else []


def meant(failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is none, but something that OpenAPI has no words for."""
    return any(each(case, response) for each in UNSAYABLE.get(type(failure).__name__, ()))


def a_patch_that_asks_for_what_is_not_there(case: Any, response: Any) -> bool:
    """As an element behind the end of a list, a value to test, or a place below a blob."""
    return bool(case.method == "PATCH" and response.status_code == 400)


def bytes_that_are_not_as_expected(case: Any, response: Any) -> bool:
    """Nor as each other: two headers with digests of the same bytes may contradict."""
    refused = case.method == "PUT" and response.status_code == 400
    return refused and (b"expected" in response.content or b" is not " in response.content)


def a_time_that_is_over(case: Any, response: Any) -> bool:
    return b"must be in the future" in response.content


def a_whole_number_with_a_point(case: Any, response: Any) -> bool:
    """JSON Schema takes 1.0 for an integer, and a quota does not."""
    return b"must be an integer from" in response.content


def a_tag_with_a_comma(case: Any, response: Any) -> bool:
    """Where an id was put in, the path is validated again, and a comma in it is `%2C` by then."""
    return "%2C" in str(case.path_parameters.get("tag"))


def no_range_that_overlaps(case: Any, response: Any) -> bool:
    return bool(response.status_code == 416)


def a_link_to_nothing(case: Any, response: Any) -> bool:
    """A link is a URL by more rules than a pattern has, or what the caller sees."""
    return b"URL" in response.content or b"link" in response.content


def a_version_of_large_numbers(case: Any, response: Any) -> bool:
    """No pattern says that a number is at most so high, or a text that is made of it so long."""
    return b"version: must have" in response.content


def text_with_nul(case: Any, response: Any) -> bool:
    return b"must not contain NUL" in response.content


def digests_of_bytes_beside_a_link(case: Any, response: Any) -> bool:
    """They say nothing of a link, and which headers go with which body cannot be said."""
    return bool(case.media_type == LOCATION and response.status_code == 200)


def what_is_made_a_value(case: Any, response: Any) -> bool:
    """Values are described as they are stored; more can be made one of them, but of no field."""
    if case.method == "PATCH" or case.path.endswith("/tags"):
        return bool(response.status_code == 200)
    created = response.status_code == 201
    return bool(created and case.body.keys() <= response.json().keys())


def a_key_that_was_cut(case: Any, response: Any) -> bool:
    """Cut in the middle of a quoted character it is another key, and none that is wrong."""
    key = str((case.path_parameters or {}).get("key", ""))
    return bool(response.status_code == 200 and re.search("%[0-9A-Fa-f]?$", key))


def too_much_of_it(case: Any, response: Any) -> bool:
    """Refused, by a status that schemathesis does not expect."""
    return bool(response.status_code == 413)


def methods_of_any_path(case: Any, response: Any) -> bool:
    """OPTIONS asks of the form of a URL, whether anything is there or not."""
    return bool(case.method == "OPTIONS")


def any_method(case: Any, response: Any) -> bool:
    """OpenAPI names eight, and some URLs answer every other too."""
    return bool(response.status_code == 300)


def an_empty_slot(case: Any, response: Any) -> bool:
    """Of an artifact that is there."""
    return b"no blob" in response.content


UNSAYABLE: dict[str, tuple[Callable[[Any, Any], bool], ...]] = {
    "RejectedPositiveData": (
        a_time_that_is_over,
        a_patch_that_asks_for_what_is_not_there,
        bytes_that_are_not_as_expected,
        no_range_that_overlaps,
        a_link_to_nothing,
        a_tag_with_a_comma,
        a_version_of_large_numbers,
        a_whole_number_with_a_point,
        text_with_nul,
    ),
    "AcceptedNegativeData": (
        a_key_that_was_cut,
        digests_of_bytes_beside_a_link,
        methods_of_any_path,
        too_much_of_it,
        what_is_made_a_value,
    ),
    "EnsureResourceAvailability": (an_empty_slot,),
    "UnsupportedMethodResponse": (any_method,),
    "UseAfterFree": (methods_of_any_path,),
}


def check(report: Report, world: Any, cases: int, note: Any) -> None:
    note(report.summary)
    print(report.table)
    print(*(f"\n== {label}: {text}" for label, text in report.failures.items()))
    document = requests.get(f"{world.url}/openapi.json", timeout=60).json()

    assert report.failures == {}
    assert report.cases >= cases
    assert report.without_success(document) == {"GET /openapi.json"}  # which was read before


@pytest.mark.parametrize("enabled", ["images, heat_templates"])
def test_2000_cases_find_no_fault(run, world, note):
    check(run(2), world, 2000, note)


@pytest.mark.long
@pytest.mark.parametrize("enabled", [""])
def test_20000_cases_find_no_fault(run, world, note):
    check(run(100), world, 20_000, note)
