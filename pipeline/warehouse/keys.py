"""What identifies a row of a described table, and which tables refer to which.

Belongs here: primary and foreign keys as the dbt project states them. Does not: whether they hold (the tests
of the models, the load).

A model or source states its grain as `meta.key`; where it does not, the grain is what a dbt test proves of it
(`unique_combination`, or `unique` with one column). Foreign keys are the `relationships` tests, and
the report of what the load writes report by report.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from pipeline.warehouse.models import ensure_manifest

TableName = tuple[str, str]
"""Schema and table."""

_REFERENCE = re.compile(r"(?:ref|source)\((?P<names>[^)]*)\)")


class Reference(msgspec.Struct, frozen=True):
    """A foreign key: `column` holds values of `to_column` of the table `to`."""

    column: str
    to: TableName
    to_column: str


def primary_keys() -> dict[TableName, tuple[str, ...]]:
    """Return the columns that identify a row, by table; a table without a stated grain is absent."""
    keys: dict[TableName, tuple[str, ...]] = {}
    nodes = _nodes()
    for test in _tests("unique", "unique_combination"):
        tested = nodes.get(test["attached_node"])
        if tested is None:
            continue
        arguments = _arguments(test)
        columns = arguments.get("columns") or [arguments["column_name"]]
        keys.setdefault(_name(tested), tuple(columns))
    for node in nodes.values():
        meta = {**node.get("meta", {}), **node["config"].get("meta", {})}
        if "key" in meta:
            keys[_name(node)] = tuple(meta["key"])
    return keys


def foreign_keys() -> dict[TableName, list[Reference]]:
    """Return the references of each table; those to tables that nobody describes are absent."""
    nodes = _nodes()
    by_name = {node["name"]: _name(node) for node in nodes.values() if node["resource_type"] != "source"}
    references: dict[TableName, list[Reference]] = {}
    for test in _tests("relationships"):
        tested = nodes.get(test["attached_node"])
        arguments = _arguments(test)
        found = _REFERENCE.search(arguments["to"])
        if tested is None or found is None:
            continue
        names = [part.strip(" '\"") for part in found["names"].split(",")]
        to = by_name.get(names[0]) if len(names) == 1 else (names[0], names[1])
        if to is not None:
            references.setdefault(_name(tested), []).append(
                Reference(arguments["column_name"], to, arguments["field"])
            )
    for node in _nodes().values():
        if node["resource_type"] == "source" and "report_key" in node["columns"]:
            to = (node["schema"], "report")
            if _name(node) != to:
                references.setdefault(_name(node), []).append(Reference("report_key", to, "report_key"))
    return {table: sorted(found, key=lambda one: one.column) for table, found in references.items()}


@lru_cache(maxsize=1)
def _manifest() -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(ensure_manifest().read_bytes())
    return content


def _nodes() -> dict[str, dict[str, Any]]:
    """Return models, seeds and sources by their id in the manifest."""
    manifest = _manifest()
    models = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")
    }
    return {**models, **manifest["sources"]}


def _tests(*kinds: str) -> Iterator[dict[str, Any]]:
    for node in _manifest()["nodes"].values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in kinds:
            yield node


def _arguments(test: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a test, as the manifest has them: beside the model, or under `arguments`."""
    given: dict[str, Any] = test["test_metadata"]["kwargs"]
    return {**given, **given.get("arguments", {})}


def _name(node: dict[str, Any]) -> TableName:
    return node["schema"], node["name"]
