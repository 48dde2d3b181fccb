"""What QuickSight is to hold: each resource with its request, made from the declared views.

Pure functions of settings and declarations; nothing is asked of AWS here. The analysis's sheets are
in `analysis`, how resources are made and kept in `publish`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from deploy.quicksight.analysis import DATA_SETS, definition
from spotify_assets.catalog.duckdb_catalog import create_views
from spotify_assets.errors import UserError
from spotify_assets.sql import VIEWS
from spotify_assets.storage import FolderStorage

USER_ARN = re.compile(r"arn:([\w-]+):quicksight:([\w-]+):(\d{12}):user/([^/]+)/(.+)")
QUICKSIGHT_TYPES = {
    "VARCHAR": {"Type": "STRING"},
    "DATE": {"Type": "DATETIME"},
    "TIMESTAMP": {"Type": "DATETIME"},
    "TIMESTAMP_MS": {"Type": "DATETIME"},
    "INTEGER": {"Type": "INTEGER"},
    "BIGINT": {"Type": "INTEGER"},
    "DOUBLE": {"Type": "DECIMAL", "SubType": "FLOAT"},
    "BOOLEAN": {"Type": "BOOLEAN"},
}
MARK = "spotify-assets-made-from"  # the tag that bears a request's digest
NAME = "Spotify charts"


@dataclass(frozen=True)
class Owner:
    """The QuickSight user that gets everything; `region` is where the account keeps its users."""

    arn: str
    partition: str
    region: str
    account: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Kind:
    """A kind of resource: what operations, ids and ARNs call it, and what its owner may do."""

    noun: str
    id_name: str
    arn_word: str
    actions: tuple[str, ...]


DATA_SOURCE = Kind(
    "data_source",
    "DataSourceId",
    "datasource",
    (
        *("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"),
        *("UpdateDataSource", "DeleteDataSource", "UpdateDataSourcePermissions"),
    ),
)
DATA_SET = Kind(
    "data_set",
    "DataSetId",
    "dataset",
    (
        *("DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion"),
        *("ListIngestions", "UpdateDataSet", "DeleteDataSet", "CreateIngestion"),
        *("CancelIngestion", "UpdateDataSetPermissions"),
    ),
)
ANALYSIS = Kind(
    "analysis",
    "AnalysisId",
    "analysis",
    (
        *("RestoreAnalysis", "UpdateAnalysisPermissions", "DeleteAnalysis", "QueryAnalysis"),
        *("DescribeAnalysisPermissions", "DescribeAnalysis", "UpdateAnalysis"),
    ),
)


@dataclass(frozen=True)
class Resource:
    """A resource: its kind and id, what it is to hold, and what can be said at its making only."""

    kind: Kind
    owner: Owner
    region: str
    id: str
    holds: dict[str, Any]
    at_first: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> dict[str, str]:
        """How requests name it."""
        return {"AwsAccountId": self.owner.account, self.kind.id_name: self.id}

    @property
    def arn(self) -> str:
        """Its ARN."""
        return arn_of(self.kind, self.owner, self.region, self.id)

    @property
    def digest(self) -> str:
        """The digest of what it is to hold, as its tag bears it."""
        return sha256(json.dumps(self.holds, sort_keys=True).encode()).hexdigest()

    @property
    def permissions(self) -> list[dict[str, Any]]:
        """All that an owner may do, for the owner."""
        actions = [f"quicksight:{action}" for action in self.kind.actions]
        return [{"Principal": self.owner.arn, "Actions": actions}]

    @property
    def tags(self) -> list[dict[str, str]]:
        """The mark that it is ours, and made from this."""
        return [{"Key": MARK, "Value": self.digest}]

    @property
    def creation(self) -> dict[str, Any]:
        """The request that makes it."""
        more = {"Permissions": self.permissions, "Tags": self.tags}
        return {**self.place, **self.at_first, **self.holds, **more}


def owner_of(user_arn: str) -> Owner:
    """The user of an ARN.

    Raises:
        UserError: it is no QuickSight user's.
    """
    match = USER_ARN.fullmatch(user_arn.strip())
    if match is None:
        raise UserError(
            f"--user-arn holds {user_arn!r}; it may hold a QuickSight user's ARN, like "
            "arn:aws:quicksight:eu-north-1:123456789012:user/default/ida. They are listed by: aws "
            "quicksight list-users --aws-account-id ACCOUNT --namespace default"
        )
    return Owner(match[0], *match.groups())


def resources(
    owner: Owner, region: str, database: str, workgroup: str, chart: str
) -> list[Resource]:
    """All resources over this Glue database, in the order to make them; `chart` is shown at first.

    Ids begin with the database's name, so that two of them don't get into each other's way.
    """
    source_id = f"{database}-athena"
    source = Resource(
        DATA_SOURCE,
        owner,
        region,
        source_id,
        {
            "Name": f"{NAME} ({database})",
            "DataSourceParameters": {"AthenaParameters": {"WorkGroup": workgroup}},
            "SslProperties": {"DisableSsl": False},
        },
        {"Type": "ATHENA"},
    )
    sets = [
        Resource(
            DATA_SET, owner, region, f"{database}-{view}", _data_set(view, source.arn, database)
        )
        for view in DATA_SETS
    ]
    arns = {view: of.arn for view, of in zip(DATA_SETS, sets, strict=True)}
    analysis = Resource(
        ANALYSIS,
        owner,
        region,
        f"{database}-charts",
        {"Name": f"{NAME} ({database})", "Definition": definition(arns, chart)},
    )
    return [source, *sets, analysis]


def arn_of(kind: Kind, owner: Owner, region: str, resource_id: str) -> str:
    """The ARN that QuickSight gives a resource."""
    place = f"arn:{owner.partition}:quicksight:{region}:{owner.account}"
    return f"{place}:{kind.arn_word}/{resource_id}"


@cache
def view_types() -> dict[str, dict[str, str]]:
    """The type of each column of each view, as SQL has it: worked out by DuckDB over no rows."""
    with duckdb.connect() as connection:
        create_views(connection, FolderStorage(Path()), "parquet", [])
        described = {
            view.name: connection.execute(f"DESCRIBE {view.name}").fetchall() for view in VIEWS
        }
    return {name: {row[0]: row[1] for row in rows} for name, rows in described.items()}


def _data_set(view: str, source_arn: str, database: str) -> dict[str, Any]:
    columns = [{"Name": n, **QUICKSIGHT_TYPES[t]} for n, t in view_types()[view].items()]
    table = {
        "DataSourceArn": source_arn,
        "Catalog": "AwsDataCatalog",
        "Schema": database,
        "Name": view,
        "InputColumns": columns,
    }
    return {
        "Name": f"{view} ({database})",
        "ImportMode": "DIRECT_QUERY",
        "PhysicalTableMap": {view.replace("_", "-"): {"RelationalTable": table}},
    }
