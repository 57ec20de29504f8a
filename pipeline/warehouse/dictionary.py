"""The data dictionary: every published table and column, written from the dbt manifest.

Belongs here: docs/data_dictionary.md and the proof that descriptions and tables agree. Does not: the
descriptions themselves (the YAML files beside the dbt models).

    python -m pipeline.warehouse.dictionary            write docs/data_dictionary.md
    python -m pipeline.warehouse.dictionary --check    fail when it is out of date or descriptions have gaps

A gap is a table or column of an empty warehouse, built on the spot, without a description in Chinese and
English, or a description of something that this warehouse does not have.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipeline.config import PROJECT_DIR
from pipeline.warehouse.database import PUBLISHED_SCHEMAS, open_build
from pipeline.warehouse.models import build_models, write_manifest

PATH = PROJECT_DIR / "docs" / "data_dictionary.md"
DOCUMENTED_SCHEMAS = ("audit", "raw", "seeds", "staging", "marts")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]{2}")

_INTRODUCTION = """# 数据字典 Data dictionary

`data/warehouse/fiscal.duckdb` 中的全部表与列。本文件由 dbt 清单生成,请勿手工修改。
All tables and columns of `data/warehouse/fiscal.duckdb`. Generated from the dbt manifest, not to be edited:
`python -m pipeline.warehouse.dictionary`.

- 金额列以 `_yuan` 结尾,单位一律为元,DECIMAL(20,2);空白为 NULL,不是零。
  Amounts end in `_yuan`: always 元 (CNY), DECIMAL(20,2); a blank is NULL and not zero.
- 求和:同一张表、同一口径内取 `is_leaf` 行;合计、上级科目与"其中"行不与明细相加,F03 不与 F05、F07、F08 相加。
  Adding up: `is_leaf` rows of one form and scope; never totals, parents or parts with their details, never
  F03 with F05, F07 or F08.
- `audit` 含被隔离的报告;`marts` 仅含已通过报告的现行版本。
  `audit` holds everything read, quarantined reports too; `marts` current versions of accepted reports only.
- DuckDB 中可用 `select comment from duckdb_columns()` 查看同样的说明。
  DuckDB shows the same texts: `select comment from duckdb_columns()`.
"""


class Table(msgspec.Struct, frozen=True):
    """A described table: `columns` maps name to description, in the order of the description file."""

    schema: str
    name: str
    description: str
    columns: dict[str, str]


def described_tables(manifest: Path) -> list[Table]:
    """Return all tables that the dbt project describes: models, seeds and sources."""
    content = msgspec.json.decode(manifest.read_bytes())
    nodes = [node for node in content["nodes"].values() if node["resource_type"] in ("model", "seed")] + list(
        content["sources"].values()
    )
    tables = [
        Table(
            schema=node["schema"],
            name=node["name"],
            description=node["description"].strip(),
            columns={name: column["description"].strip() for name, column in node["columns"].items()},
        )
        for node in nodes
    ]
    return sorted(tables, key=lambda table: (DOCUMENTED_SCHEMAS.index(table.schema), table.name))


def markdown(tables: list[Table], types: dict[tuple[str, str], dict[str, str]]) -> str:
    """Return the dictionary of the published schemas; `types` are the column types of the database."""
    parts = [_INTRODUCTION]
    for schema in PUBLISHED_SCHEMAS:
        parts.append(f"\n## {schema}\n")
        for table in (table for table in tables if table.schema == schema):
            parts.append(f"\n### {schema}.{table.name}\n\n{table.description}\n\n")
            parts.append("| 列 column | 类型 type | 说明 description |\n| --- | --- | --- |\n")
            for column, data_type in types.get((schema, table.name), {}).items():
                text = table.columns.get(column, "").replace("|", "\\|")
                parts.append(f"| {column} | {data_type} | {text} |\n")
    return "".join(parts)


def column_types(database: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns of the documented schemas as the database has them: table to column to type."""
    types: dict[tuple[str, str], dict[str, str]] = {}
    with open_build(database) as con:
        found = con.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns()"
            " where schema_name in (select unnest($1)) order by schema_name, table_name, column_index",
            [list(DOCUMENTED_SCHEMAS)],
        ).fetchall()
    for schema, table, column, data_type in found:
        types.setdefault((schema, table), {})[column] = data_type
    return types


def gaps(tables: list[Table], types: dict[tuple[str, str], dict[str, str]]) -> Iterator[str]:
    """Yield every table or column that is not described in both languages, or described but not there."""
    described = {(table.schema, table.name): table for table in tables}
    for schema, name in sorted(types.keys() - described.keys()):
        yield f"{schema}.{name}: no description"
    for (schema, name), table in described.items():
        if (schema, name) not in types:
            yield f"{schema}.{name}: described, but the warehouse has no such table"
            continue
        for language, pattern in (("Chinese", _CHINESE), ("English", _ENGLISH)):
            texts = {"": table.description, **dict.fromkeys(types[schema, name], ""), **table.columns}
            for column, text in texts.items():
                if not pattern.search(text):
                    yield f"{schema}.{name}{'.' if column else ''}{column}: no {language} description"
        for column in table.columns.keys() - types[schema, name].keys():
            yield f"{schema}.{name}.{column}: described, but the table has no such column"


def uncommented(database: Path) -> list[str]:
    """Return the published tables and columns whose description did not become a DuckDB comment."""
    with open_build(database) as con:
        found = con.execute(
            "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()"
            " where schema_name in (select unnest($1)) and coalesce(comment, '') = ''"
            " union all select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name in (select unnest($1)) and coalesce(comment, '') = ''",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
    return [name for (name,) in found]


def main(arguments: list[str]) -> int:
    """Write the dictionary, or with `--check` compare it; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "empty.duckdb"
        build_models(database, unit_tests="--check" in arguments)
        tables = described_tables(write_manifest(Path(folder) / "manifest"))
        types = column_types(database)
        problems = [
            *gaps(tables, types),
            *(f"{name}: no comment in DuckDB" for name in uncommented(database)),
        ]
    text = markdown(tables, types)
    if "--check" not in arguments:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(text, encoding="utf-8")
    elif not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
        problems.append(f"{PATH.name} is out of date: run python -m pipeline.warehouse.dictionary")
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
