"""What the tests of QuickSight share: a user, what is to be made for them, and search in requests."""

from __future__ import annotations

from typing import Any

from deploy.quicksight.resources import Resource, owner_of, resources

IDA = "arn:aws:quicksight:us-east-1:123456789012:user/default/ida"


def wanted(
    workgroup: str = "spotify-charts", chart: str = "norway", user: str = IDA
) -> list[Resource]:
    """Everything that is made over a database."""
    return resources(owner_of(user), "us-east-1", "spotify_charts", workgroup, chart)


def found(value: Any, name: str) -> list[Any]:
    """Every value of this name in a request, however deep."""
    if isinstance(value, dict):
        here = [value[name]] if name in value else []
        return [*here, *(v for item in value.values() for v in found(item, name))]
    return [v for item in value for v in found(item, name)] if isinstance(value, list) else []
