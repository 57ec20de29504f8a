"""The Data Package that describes the exported tables (https://datapackage.org, profile tabular).

Belongs here: types, titles and keys of columns in the words of Frictionless. Does not: the descriptions (the
comments of the database, which come from the dbt project) or the files.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.export.tables import CSV_ENCODING, Column, Table
from pipeline.warehouse.keys import Reference, TableName

_TYPES = (
    (re.compile(r"\[\]$"), "array"),
    (re.compile(r"^(DECIMAL|DOUBLE|FLOAT)"), "number"),
    (re.compile(r"^U?(TINY|SMALL|BIG|HUGE)?INT"), "integer"),
    (re.compile(r"^BOOLEAN"), "boolean"),
    (re.compile(r"^TIMESTAMP"), "datetime"),
    (re.compile(r"^DATE"), "date"),
    (re.compile(r"^VARCHAR"), "string"),
)
_FIRST_WORDS = re.compile(r"^[^。,，:：;；(（]+")

_MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def data_package(
    tables: Sequence[Table],
    files: Mapping[TableName, Sequence[str]],
    references: Mapping[TableName, Sequence[Reference]],
    how: str,
    version: str,
) -> dict[str, Any]:
    """Return the descriptor of the exported tables.

    `files` are the paths of each table, which are of the format `how` (csv or parquet); `version` tells the
    state of the database. A reference to a table that is not exported is left out.
    """
    exported = {table.name for table in tables}
    return {
        "profile": "data-package",
        "name": "fiscal-warehouse",
        "title": "部门决算数据 Final accounts of government departments",
        "version": version,
        "resources": [
            _resource(table, files[table.name], _usable(references.get(table.name, ()), exported), how)
            for table in tables
        ],
    }


def resource_name(table: TableName) -> str:
    """Return the name of a table in the package: lower case, with a dot and underscores."""
    return ".".join(table)


def _usable(references: Sequence[Reference], exported: set[TableName]) -> list[Reference]:
    return [reference for reference in references if reference.to in exported]


def _resource(table: Table, paths: Sequence[str], references: list[Reference], how: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if references:
        schema["foreignKeys"] = [
            {
                "fields": [reference.column],
                # A reference to the table itself has no name.
                "reference": {
                    "resource": "" if reference.to == table.name else resource_name(reference.to),
                    "fields": [reference.to_column],
                },
            }
            for reference in references
        ]
    resource = {
        "name": resource_name(table.name),
        "title": _title(table.comment) or table.full_name,
        "description": table.comment,
        "path": list(paths) if len(paths) > 1 else paths[0],
        "format": how,
        "mediatype": _MEDIA_TYPES[how],
        "schema": schema,
    }
    if how == "csv":
        resource["profile"] = "tabular-data-resource"
        resource["encoding"] = CSV_ENCODING
    return resource


def _field(column: Column) -> dict[str, Any]:
    field = {
        "name": column.name,
        "type": next((name for pattern, name in _TYPES if pattern.search(column.type)), "any"),
        "title": _title(column.comment) or column.name,
        "description": column.comment,
    }
    if field["type"] == "string":
        field["format"] = "default"
    return field


def _title(comment: str) -> str:
    """Return the first words of a comment, which name the thing in Chinese."""
    found = _FIRST_WORDS.match(comment)
    return found[0].strip() if found else ""
