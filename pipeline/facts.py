"""The facts of one report, as stated by it: the contract between `forms`, `audit` and `warehouse`.

Belongs here: the records, their Arrow schemas, the closed vocabularies. Does not: how facts are found, or
anything computed from them. A fact is stored as printed; a blank is NULL and never zero.

Each record has a page and, where the file has pages with places, a box in points from the top left corner.
Files without pages (spreadsheets, web pages, word processing) have no box: `locator` then says where, in the
file's own terms (sheet and cell; table, row and cell).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

REPORT_KINDS = ("final_account", "budget", "blank_template", "not_a_report")
FORM_STATES = ("filled", "empty", "placeholder", "missing")
ROW_KINDS = ("total", "subject", "line", "part")
SCOPES = ("department", "unit")
"""Whose accounts: of a department with its subordinate units (部门), or of one unit alone (单位)."""

FLAG_KINDS = ("differs", "in_no_cell", "doubtful")
"""Why a reading is not to be trusted: two readings of one cell differ; an amount stands inside a table and in
no cell of it; text recognition was not sure."""

UNMAPPED_KINDS = ("form_title", "header", "row_label")
"""What the form dictionary does not know."""

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
    `template` the form codes in printed order, joined by blanks. `scope` is one of SCOPES; `place_name` and
    `division_code` (six digits, GB/T 2260) where they can be derived; `reading` is `ocr` where any form was
    recognised from a picture, else how the pages were read (`document.Page.reading`). None where the report
    does not say.
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
    scope: str | None = None
    place_name: str | None = None
    division_code: str | None = None
    reading: str | None = None


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
    `page` to `bottom` locate the cell, and so does `locator`, in words; `cell_no` is the print order in the
    report, from 1. `reading` is how the cell was read (`document.Page.reading`), `confidence` what text
    recognition says of it (0 to 1, None for printed text), `flag` one of FLAG_KINDS where the reading is not
    to be trusted.
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
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None
    cell_no: int
    reading: str = "text"
    confidence: float | None = None
    flag: str | None = None
    locator: str = ""


class ReadingFlag(msgspec.Struct, frozen=True):
    """One place where a reading is not to be trusted, inside a form (`form_code`) or another table (None).

    `cell_no` is the reported amount concerned, None where the number is none. `first_text` is what is in the
    facts, `second_text` what the second reading gives.
    """

    report_key: str
    flag_no: int
    kind: str
    form_code: str | None
    cell_no: int | None
    page: int
    table_no: int | None
    locator: str
    first_text: str | None
    second_text: str | None
    confidence: float | None
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None


class Unmapped(msgspec.Struct, frozen=True):
    """Something printed that the form dictionary does not know: a form title, a column header, a row label.

    `form_code` is the form it stands in, None for a title. `numbers_printed` are the numbers that stand below
    the title or header or beside the label, in print order: what is not in the facts, or not in its place,
    until the dictionary knows it. Of a table under an unknown title, `header_printed` are the header words,
    columns parted by ` | `, and `resembles` the codes of the forms that were not found and whose header and
    rows it has, joined by blanks: a hint for the person who adds the title, nothing is mapped on its account.
    """

    report_key: str
    unmapped_no: int
    kind: str
    form_code: str | None
    text_printed: str
    numbers_printed: tuple[str, ...]
    page: int
    table_no: int | None
    locator: str
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None
    header_printed: str | None = None
    resembles: str | None = None


class ReportFacts(msgspec.Struct, frozen=True):
    """All facts of one report."""

    header: ReportHeader
    forms: tuple[FormRecord, ...]
    amounts: tuple[ReportedAmount, ...]
    flags: tuple[ReadingFlag, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()

    def tables(self) -> dict[str, pa.Table]:
        """Return the facts as Arrow tables, by the names of FACT_SCHEMAS."""
        records: dict[str, Iterable[Any]] = {
            "header": [self.header],
            "form": self.forms,
            "reported_amount": self.amounts,
            "reading_flag": self.flags,
            "unmapped": self.unmapped,
        }
        return {name: arrow_table(list(records[name]), schema) for name, schema in FACT_SCHEMAS.items()}


_TEXT, _INT, _BOOL = pa.string(), pa.int32(), pa.bool_()
_BOX = [(side, pa.float64()) for side in ("x0", "top", "x1", "bottom")]

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
        ("scope", _TEXT),
        ("place_name", _TEXT),
        ("division_code", _TEXT),
        ("reading", _TEXT),
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
        *_BOX,
        ("cell_no", _INT),
        ("reading", _TEXT),
        ("confidence", pa.float64()),
        ("flag", _TEXT),
        ("locator", _TEXT),
    ]
)
FLAG_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("flag_no", _INT),
        ("kind", _TEXT),
        ("form_code", _TEXT),
        ("cell_no", _INT),
        ("page", _INT),
        ("table_no", _INT),
        ("locator", _TEXT),
        ("first_text", _TEXT),
        ("second_text", _TEXT),
        ("confidence", pa.float64()),
        *_BOX,
    ]
)
UNMAPPED_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("unmapped_no", _INT),
        ("kind", _TEXT),
        ("form_code", _TEXT),
        ("text_printed", _TEXT),
        ("numbers_printed", pa.list_(_TEXT)),
        ("page", _INT),
        ("table_no", _INT),
        ("locator", _TEXT),
        *_BOX,
        ("header_printed", _TEXT),
        ("resembles", _TEXT),
    ]
)

FACT_SCHEMAS: Mapping[str, pa.Schema] = {
    "form": FORM_SCHEMA,
    "reported_amount": AMOUNT_SCHEMA,
    "reading_flag": FLAG_SCHEMA,
    "unmapped": UNMAPPED_SCHEMA,
    "header": HEADER_SCHEMA,
}
"""The kinds of facts, each a table of `audit` but for `header`, which becomes a part of `audit.report`. The
header is staged last, so that its presence means complete facts."""

Facts = Mapping[str, pa.Table]
"""The facts of one or several reports: a table for each name in FACT_SCHEMAS."""


def arrow_table(records: "tuple[Any, ...] | list[Any]", schema: pa.Schema) -> pa.Table:
    """Return records of one kind as an Arrow table of `schema`; an empty list gives an empty table."""
    columns = {name: [getattr(record, name) for record in records] for name in schema.names}
    return pa.Table.from_pydict(columns, schema=schema)
