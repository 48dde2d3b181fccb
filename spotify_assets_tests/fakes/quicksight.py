"""QuickSight over real HTTP: it remembers what it is asked to hold, and answers as QuickSight does.

Which operations there are, by what paths, with which members, is read from botocore's own model of
the service, and every request is held against it more strictly than botocore does: enumerations,
patterns and lengths too. Strict where QuickSight is: a data set's source and an analysis's data sets
have to be there; making and changing take a while; a deleted analysis stays, and keeps its id.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from spotify_assets_tests.fakes.http_server import serving

KINDS = {"DataSource": "datasource", "DataSet": "dataset", "Analysis": "analysis"}
OPERATION = re.compile(
    r"(Create|Describe|Update|Delete|Restore)(DataSource|DataSet|Analysis)(Permissions)?"
)


@dataclass
class Held:
    """A resource: what it was last asked to hold, its status, and how often it is seen unfinished."""

    asked: dict[str, Any]
    status: str
    permissions: list[dict[str, Any]]
    tags: dict[str, str]
    unfinished: int = 1


@dataclass
class FakeQuickSight:
    """An account's QuickSight. `failing` are ids that it can't make; `denied` operations it refuses."""

    edition: str | None = "ENTERPRISE"
    users: dict[str, str] = field(default_factory=lambda: {"ida": "AUTHOR"})
    failing: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    never_ends: bool = False
    held: dict[tuple[str, str], Held] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        """The calls that changed something, in order."""
        return [name for name, _ in self.requests if not name.startswith(("Describe", "List"))]

    @cached_property
    def model(self) -> ServiceModel:
        """botocore's model of the service."""
        return ServiceModel(Loader().load_service_model("quicksight", "service-2"), "quicksight")

    @cached_property
    def paths(self) -> list[tuple[str, re.Pattern[str], str]]:
        """Method, path and name of every operation."""
        found = []
        for name in self.model.operation_names:
            http = self.model.operation_model(name).http
            path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", http["requestUri"])
            found.append((http["method"], re.compile(path), name))
        return found

    def take(self, method: str, address: str, body: bytes) -> dict[str, Any]:
        """The answer to a request; raises Refused where it is refused."""
        url = urlsplit(address)
        name, match = self._operation(method, url.path)
        shape = self.model.operation_model(name).input_shape
        asked = {k: unquote(v) for k, v in match.groupdict().items()} | json.loads(body or b"{}")
        in_query = {m.serialization.get("name"): k for k, m in shape.members.items()}
        for key, value in parse_qsl(url.query):
            member = in_query[key]
            asked[member] = int(value) if shape.members[member].type_name == "long" else value
        self.calls[name] += 1
        if wrong := list(problems(shape, asked)):
            raise Refused("InvalidParameterValueException", "; ".join(wrong))
        self.requests.append((name, asked))
        if name in self.denied:
            raise Refused("AccessDeniedException", f"not authorized to perform quicksight:{name}")
        if of_a_resource := OPERATION.fullmatch(name):
            verb, kind, permissions = of_a_resource.groups()
            return self._resource(verb + (permissions or ""), kind, asked)
        return {
            "DescribeAccountSubscription": self._subscription,
            "DescribeUser": self._user,
            "ListTagsForResource": self._tags,
            "TagResource": self._tag,
        }[name](asked)

    def _operation(self, method: str, path: str) -> tuple[str, re.Match[str]]:
        for wanted, pattern, name in self.paths:
            match = pattern.fullmatch(path)
            if wanted == method and match:
                return name, match
        raise Refused("UnknownOperationException", path)

    def _resource(self, verb: str, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        of = (kind, asked[f"{kind}Id"])
        if verb == "Create":
            if of in self.held:
                raise Refused("ResourceExistsException", f"{of[1]} already exists")
            tags = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])}
            self.held[of] = Held({}, "", list(asked.get("Permissions", [])), tags)
            return self._hold(of, "CREATION", asked)
        held = self.held.get(of)
        if held is None:
            raise Refused("ResourceNotFoundException", f"{kind} {of[1]} is not found")
        if verb == "Describe":
            return {kind: self._described(of, held)}
        if verb == "Update":
            if held.status == "DELETED":
                raise Refused("ConflictException", f"{of[1]} is deleted")
            return self._hold(of, "UPDATE", asked)
        if verb == "Delete" and "RecoveryWindowInDays" in asked:
            held.status = "DELETED"
        elif verb == "Delete":
            del self.held[of]
        elif verb == "Restore":
            held.status = "CREATION_SUCCESSFUL"
        elif verb == "UpdatePermissions":
            held.permissions += asked["GrantPermissions"]
        return {"Permissions": held.permissions}

    def _hold(self, of: tuple[str, str], what: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._require_what_it_names(asked)
        held = self.held[of]
        held.asked, held.unfinished = asked, 1
        held.status = f"{what}_FAILED" if of[1] in self.failing else f"{what}_SUCCESSFUL"
        return {"Arn": arn(of, asked["AwsAccountId"])}

    def _described(self, of: tuple[str, str], held: Held) -> dict[str, Any]:
        said = {f"{of[0]}Id": of[1], "Name": held.asked["Name"]}
        if of[0] == "DataSet":
            return said | {"ImportMode": held.asked["ImportMode"]}
        if "FAILED" in held.status:
            error = {"Type": "ACCESS_DENIED", "Message": "No access to the bucket."}
            said |= {"ErrorInfo": error} if of[0] == "DataSource" else {"Errors": [error]}
        held.unfinished -= not self.never_ends
        busy = held.unfinished >= 0 and held.status != "DELETED"
        return said | {
            "Status": re.sub("_.*", "_IN_PROGRESS", held.status) if busy else held.status
        }

    def _require_what_it_names(self, asked: dict[str, Any]) -> None:
        there = {arn(of, asked["AwsAccountId"]) for of in self.held}
        named = set(re.findall(r'"(?:DataSourceArn|DataSetArn)": "([^"]+)"', json.dumps(asked)))
        if missing := named - there:
            raise Refused("InvalidParameterValueException", f"There is no {sorted(missing)}")

    def _subscription(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.edition is None:
            raise Refused("ResourceNotFoundException", "The account is not signed up")
        return {
            "AccountInfo": {"Edition": self.edition, "AccountSubscriptionStatus": "ACCOUNT_CREATED"}
        }

    def _user(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["UserName"] not in self.users:
            raise Refused("ResourceNotFoundException", "User is not found")
        return {"User": {"UserName": asked["UserName"], "Role": self.users[asked["UserName"]]}}

    def _tagged(self, asked: dict[str, Any]) -> Held:
        kind_and_id = asked["ResourceArn"].rpartition(":")[2].split("/")
        return next(
            h for (kind, name), h in self.held.items() if [KINDS[kind], name] == kind_and_id
        )

    def _tags(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": [{"Key": k, "Value": v} for k, v in self._tagged(asked).tags.items()]}

    def _tag(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._tagged(asked).tags.update({tag["Key"]: tag["Value"] for tag in asked["Tags"]})
        return {}


class Refused(Exception):  # noqa: N818 - it is an answer
    """An error's code and message."""


def arn(of: tuple[str, str], account: str, region: str = "us-east-1") -> str:
    """The ARN of a resource."""
    return f"arn:aws:quicksight:{region}:{account}:{KINDS[of[0]]}/{of[1]}"


def problems(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """What the model has against a value, its enumerations, patterns and lengths included."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure"
            return
        yield from (f"{path}.{name} is unknown" for name in value.keys() - shape.members.keys())
        yield from (
            f"{path}.{name} is missing" for name in shape.required_members if name not in value
        )
        for name in value.keys() & shape.members.keys():
            yield from problems(shape.members[name], value[name], f"{path}.{name}")
        return
    size: float = value if isinstance(value, int | float) else len(value)
    limits = shape.metadata
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{path} is {size}, not {limits.get('min')} to {limits.get('max')}"
    if shape.type_name == "list":
        for number, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}[{number}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from problems(shape.key, key, f"{path} key {key}")
            yield from problems(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string":
        if not isinstance(value, str):
            yield f"{path} is no text"
        elif getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path} is {value!r}, not one of {shape.enum}"
        elif "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"{path} is {value!r}, not {limits['pattern']}"


@contextmanager
def quicksight_server(fake: FakeQuickSight) -> Iterator[str]:
    """A running server of it; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, error, answer = 200, "", fake.take(self.command, self.path, body)
            except Refused as refused:
                status, error, answer = 400, refused.args[0], {"Message": refused.args[1]}
            content = json.dumps(answer).encode()
            self.send_response(status)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - as the library has it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            pass

    with serving(Handler) as address:
        yield address
