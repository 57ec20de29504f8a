"""The facts of one report, as stated by it: the contract between `forms`, `audit` and `warehouse`.

Belongs here: the records, their Arrow schemas, the closed vocabularies. Does not: how facts are found, or
anything computed from them. A fact is stored as printed; a blank is NULL and never zero.
"""

from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

REPORT_KINDS = ("final_account", "budget", "blank_template", "not_a_report")
FORM_STATES = ("filled", "empty", "placeholder", "missing")
ROW_KINDS = ("total", "subject", "line", "part")
UNIT_YUAN = {
    "元": Decimal(1),
    "百元": Decimal(100),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
}


def report_key(sha256: str) -> str:
    """Return the key of a report: the first 16 digits of its content hash."""
    return sha256[:16]


class ReportHeader(msgspec.Struct, frozen=True):
    """What the whole file is. `kind_reason` quotes what decided `report_kind`.

    `department_name` is the full official name as printed, without blanks; `unit` the unit most forms use;
    `template` the form codes in printed order, joined by blanks. None where the report does not say.
    """

    report_key: str
    sha256: str
    report_kind: str
    kind_reason: str
    department_name: str | None
    fiscal_year: int | None
    unit: str | None
    pages: int
    template: str
    producer: str


class FormRecord(msgspec.Struct, frozen=True):
    """One statutory form of one report: found, or listed or required and missing.

    `listed`: the contents list names it. `required`: the template of the report must have it.
    `state` is one of FORM_STATES. Pages are None when the form is missing. `copies` counts further prints of
    the form elsewhere in the report, which are not read.
    """

    report_key: str
    form_code: str
    title_printed: str | None
    unit: str | None
    page_first: int | None
    page_last: int | None
    listed: bool
    required: bool
    state: str
    note_printed: str | None
    copies: int


class ReportedAmount(msgspec.Struct, frozen=True):
    """One printed cell of a labelled row.

    `line_item` is the canonical name of the row in the form dictionary (None: label unknown to it);
    `row_kind` one of ROW_KINDS: `total` (合计 of a coded form, and the totals of F06), `subject` (a row with
    a classification code), `line` (a row of F01, F04 or F09), `part` (其中: contained in the row above,
    never added). `cell_text` is the whole text of the cell. `amount_printed` is the number as printed without
    separators and blanks, None where blank; `amount_yuan` is that number in 元, `decimals` its decimals.
    `page` to `bottom` locate the cell; `cell_no` is the print order in the report, from 1.
    """

    report_key: str
    form_code: str
    side: str | None
    item_code: str | None
    item_name: str | None
    line_item: str | None
    row_kind: str
    measure: str
    cell_text: str
    amount_printed: str | None
    amount_yuan: Decimal | None
    decimals: int | None
    unit: str | None
    page: int
    table_no: int
    row_no: int
    column_no: int
    x0: float
    top: float
    x1: float
    bottom: float
    cell_no: int


class ReportFacts(msgspec.Struct, frozen=True):
    """All facts of one report."""

    header: ReportHeader
    forms: tuple[FormRecord, ...]
    amounts: tuple[ReportedAmount, ...]


_TEXT, _INT, _POINT, _BOOL = pa.string(), pa.int32(), pa.float64(), pa.bool_()

HEADER_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("sha256", _TEXT),
        ("report_kind", _TEXT),
        ("kind_reason", _TEXT),
        ("department_name", _TEXT),
        ("fiscal_year", _INT),
        ("unit", _TEXT),
        ("pages", _INT),
        ("template", _TEXT),
        ("producer", _TEXT),
    ]
)
FORM_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("form_code", _TEXT),
        ("title_printed", _TEXT),
        ("unit", _TEXT),
        ("page_first", _INT),
        ("page_last", _INT),
        ("listed", _BOOL),
        ("required", _BOOL),
        ("state", _TEXT),
        ("note_printed", _TEXT),
        ("copies", _INT),
    ]
)
AMOUNT_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("form_code", _TEXT),
        ("side", _TEXT),
        ("item_code", _TEXT),
        ("item_name", _TEXT),
        ("line_item", _TEXT),
        ("row_kind", _TEXT),
        ("measure", _TEXT),
        ("cell_text", _TEXT),
        ("amount_printed", _TEXT),
        ("amount_yuan", pa.decimal128(20, 2)),
        ("decimals", _INT),
        ("unit", _TEXT),
        ("page", _INT),
        ("table_no", _INT),
        ("row_no", _INT),
        ("column_no", _INT),
        ("x0", _POINT),
        ("top", _POINT),
        ("x1", _POINT),
        ("bottom", _POINT),
        ("cell_no", _INT),
    ]
)


def arrow_table(records: "tuple[Any, ...] | list[Any]", schema: pa.Schema) -> pa.Table:
    """Return records of one kind as an Arrow table of `schema`; an empty list gives an empty table."""
    columns = {name: [getattr(record, name) for record in records] for name in schema.names}
    return pa.Table.from_pydict(columns, schema=schema)
