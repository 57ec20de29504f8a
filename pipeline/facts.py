"""The facts of one report, as stated by it: the contract between `forms`, `audit` and `warehouse`.

Belongs here: the records, their Arrow schemas, the closed vocabularies. Does not: how facts are found, or
anything computed from them. A fact is stored as printed; a blank is NULL and never zero.

Each record has a page and, where the file has pages with places, a box in points from the top left corner.
Files without pages (spreadsheets, web pages, word processing) have no box: `locator` then says where, in the
file's own terms (sheet and cell; table, row and cell).
"""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
import pyarrow as pa

REPORT_KINDS = ("final_account", "budget", "blank_template", "not_a_report")
FORM_STATES = ("filled", "empty", "placeholder", "missing")
ROW_KINDS = ("total", "subject", "line", "part")
SCOPES = ("department", "unit")
"""Whose accounts: of a department with its subordinate units (部门), or of one unit alone (单位)."""

FLAG_KINDS = ("differs", "in_no_cell", "doubtful", "doubted")
"""Why a reading is not to be trusted: two readings of one cell differ; an amount stands inside a table and in
no cell of it; text recognition was not sure; a person doubts it (`review`)."""

CORRECTIONS = ("override", "drop", "flag")

UNMAPPED_KINDS = ("form_title", "header", "row_label")
"""What the form dictionary does not know."""

EVALUATION_KINDS = ("department", "project")
"""What a self-evaluation is about: all expenditure of a department (整体) or one project (项目)."""

EVALUATION_SOURCES = (
    "fiscal_appropriation",
    "carry_over",
    "special_account",
    "unit_funds",
    "other",
)
"""Sources of funds in a self-evaluation: 财政拨款, 上年结转, 财政专户管理资金, 单位资金, 其他资金."""

FLAW_KINDS = ("placeholder", "residue", "punctuation", "no_unit")
"""Slips of wording: XX万元, 下降（增长）, 。。, 增长13.95。"""

LABEL_PLACES = ("cover", "contents", "heading", "caption", "narrative")
"""Where a report names itself and its parts: 封面, 目录, 标题, 表头说明行, 正文."""

EVALUATION_BLOCKS = ("indicator", "management")
"""Scored lines of a self-evaluation: 绩效指标, and criteria of fund management (资金管理情况)."""

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

    `department_name` is the full official name as printed, without blanks and 本级, brackets full-width;
    `unit` the unit most forms use; `template` the form codes in printed order, joined by blanks. `scope` is
    one of SCOPES; `place_name` and `division_code` (six digits, GB/T 2260) where they can be derived;
    `reading` is `ocr` where any form was recognised from a picture, else how the pages were read
    (`document.Page.reading`). `department_reason` tells where the name is printed, and which other names are.
    None where the report does not say.
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
    department_reason: str | None = None


class FormRecord(msgspec.Struct, frozen=True):
    """One statutory form of one report: found, or listed or required and missing.

    `listed`: the contents list names it. `required`: the template of the report must have it. `unit` is as
    printed, None where none is; of two units that contradict each other both are there (`万元/元`), and the
    amounts of the form have none. `state` is one of FORM_STATES. Pages are None when the form is missing.
    `copies` counts further prints of the form elsewhere in the report, which are not read.
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
    to be trusted; `corrected_by` is who corrected or doubted it, when and why.
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
    corrected_by: str | None = None


class ReadingFlag(msgspec.Struct, frozen=True):
    """One place where a reading is not to be trusted, inside a form (`form_code`) or another table (None).

    `cell_no` is the reported amount concerned, None where the number is none. `first_text` is what is in the
    facts, `second_text` what the second reading gives. `corrected_by` tells who settled the doubt.
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
    corrected_by: str | None = None


class CorrectionRecord(msgspec.Struct, frozen=True):
    """One correction applied to the facts of a report (`review.Correction`); `action` is one of CORRECTIONS.

    `printed_before` is the number as read, `printed_after` what the page prints; None is blank.
    """

    report_key: str
    correction_no: int
    action: str
    cell_no: int | None
    form_code: str | None
    item: str | None
    measure: str | None
    page: int
    printed_before: str | None
    printed_after: str | None
    reason: str
    who: str
    decided_on: datetime.date


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


class NarrativeClaim(msgspec.Struct, frozen=True):
    """One figure stated in the narrative (情况说明), or one word in place of a figure.

    `section` and `metric` are names of `pipeline/narrative/dictionary`; `metric` is None and `placed` false
    where the grammar does not know what the figure is of. `subject` is what it is about as printed, the names
    of a functional item joined by `/`; `subject_code` the code of that item where it is certain.
    `value_printed` is the number as printed without separators, the word or the date. `value` is the number,
    negative where `direction` (the word of change, as printed) says less; None for a word or a date. `unit`
    is as printed, None where none is; `text` for a word, `date` for a date. `value_yuan` is money in 元.
    `page` is where the figure stands, the box that of the part of its sentence on that page.
    """

    report_key: str
    claim_no: int
    section: str
    metric: str | None
    subject: str | None
    subject_code: str | None
    value_printed: str
    value: Decimal | None
    unit: str | None
    value_yuan: Decimal | None
    direction: str | None
    placed: bool
    sentence: str
    page: int
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None
    locator: str


class TextFlaw(msgspec.Struct, frozen=True):
    """One slip in the wording of the narrative. `kind` is one of FLAW_KINDS, `found` the words it is in.

    `section` is a name of `pipeline/narrative/dictionary`; the box is that of the sentence on the page.
    """

    report_key: str
    flaw_no: int
    kind: str
    section: str
    found: str
    sentence: str
    page: int
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None
    locator: str


class Label(msgspec.Struct, frozen=True):
    """One line or sentence by which a report names itself or a part of itself. `place`: LABEL_PLACES.

    A cover is one label; each entry of the contents list, each numbered heading and each heading with the
    department's name is one; of the lines around a form those with a year or a name; of the narrative the
    sentences that begin with a name or a year, and all of the sections on government funds and state capital,
    which often hold no figure. `text_printed` has no blanks. `fiscal_year` and `department_name` are those
    that the words themselves name (None: none); `form_code` is that of the form around which a caption
    stands, `section` that of a sentence (`pipeline/narrative/dictionary`).
    """

    report_key: str
    label_no: int
    place: str
    form_code: str | None
    section: str | None
    text_printed: str
    fiscal_year: int | None
    department_name: str | None
    page: int
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None
    locator: str


class ProjectEvaluation(msgspec.Struct, frozen=True):
    """One performance self-evaluation annex (绩效自评表): its head, its total of funds, its score.

    `kind` is one of EVALUATION_KINDS; `unit` the currency unit stated in the annex. The amounts are those in
    the row of the total (年度资金总额), `budget_weight` and `budget_score` its weight and score; rates are in
    percent. `tasks` holds one line per task; `notes_printed` whatever else the table prints,
    `unplaced_numbers` counts the numbers in it and among the tasks. The box is that of the first row.
    """

    report_key: str
    evaluation_no: int
    kind: str | None
    title_printed: str | None
    project_name: str | None
    department_name: str | None
    unit_name: str | None
    unit: str | None
    initial_budget_printed: str | None
    initial_budget_yuan: Decimal | None
    adjusted_budget_printed: str | None
    adjusted_budget_yuan: Decimal | None
    executed_printed: str | None
    executed_yuan: Decimal | None
    rate_printed: str | None
    rate: Decimal | None
    budget_weight_printed: str | None
    budget_weight: Decimal | None
    budget_score_printed: str | None
    budget_score: Decimal | None
    total_weight_printed: str | None
    total_weight: Decimal | None
    total_score_printed: str | None
    total_score: Decimal | None
    rating_printed: str | None
    goals_expected: str | None
    goals_actual: str | None
    tasks: str | None
    notes_printed: str | None
    unplaced_numbers: int
    page_first: int
    page_last: int
    table_no: int
    locator: str
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None


class EvaluationSource(msgspec.Struct, frozen=True):
    """One source of funds of a self-evaluation (财政拨款, 财政专户管理资金, 单位资金 …), below its total.

    `source` is one of EVALUATION_SOURCES, None where the printed name is unknown.
    """

    report_key: str
    evaluation_no: int
    source_no: int
    source: str | None
    source_printed: str
    initial_budget_printed: str | None
    initial_budget_yuan: Decimal | None
    adjusted_budget_printed: str | None
    adjusted_budget_yuan: Decimal | None
    executed_printed: str | None
    executed_yuan: Decimal | None
    rate_printed: str | None
    rate: Decimal | None
    page: int
    table_no: int
    row_no: int
    locator: str
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None


class PerformanceIndicator(msgspec.Struct, frozen=True):
    """One scored line of a self-evaluation. `block` is one of EVALUATION_BLOCKS.

    `level1` to `level3` name the indicator, those of merged cells carried down; `level1_weight` is the
    weight printed beside the first level (产出指标（50分）) or in the header of the block. A target is an
    operator (≥ ≤ > < = or 定性 for words alone), a number and its unit, as far as the printed text says so;
    a line of fund management has none. Deviations are in percent. A line that a page break tears stands where
    it begins.
    """

    report_key: str
    evaluation_no: int
    indicator_no: int
    block: str
    level1: str | None
    level1_weight: Decimal | None
    level2: str | None
    level3: str | None
    target_printed: str | None
    target_operator: str | None
    target_number: Decimal | None
    target_unit: str | None
    actual_printed: str | None
    actual_number: Decimal | None
    actual_unit: str | None
    weight_printed: str | None
    weight: Decimal | None
    score_printed: str | None
    score: Decimal | None
    deviation_printed: str | None
    deviation: Decimal | None
    reason_printed: str | None
    page: int
    table_no: int
    row_no: int
    locator: str
    x0: float | None
    top: float | None
    x1: float | None
    bottom: float | None


class ReportFacts(msgspec.Struct, frozen=True):
    """All facts of one report."""

    header: ReportHeader
    forms: tuple[FormRecord, ...]
    amounts: tuple[ReportedAmount, ...]
    flags: tuple[ReadingFlag, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    corrections: tuple[CorrectionRecord, ...] = ()
    claims: tuple[NarrativeClaim, ...] = ()
    flaws: tuple[TextFlaw, ...] = ()
    labels: tuple[Label, ...] = ()
    evaluations: tuple[ProjectEvaluation, ...] = ()
    evaluation_sources: tuple[EvaluationSource, ...] = ()
    indicators: tuple[PerformanceIndicator, ...] = ()

    def tables(self) -> dict[str, pa.Table]:
        """Return the facts as Arrow tables, by the names of FACT_SCHEMAS."""
        records: dict[str, Iterable[Any]] = {
            "header": [self.header],
            "form": self.forms,
            "reported_amount": self.amounts,
            "reading_flag": self.flags,
            "unmapped": self.unmapped,
            "correction": self.corrections,
            "narrative_claim": self.claims,
            "text_flaw": self.flaws,
            "label": self.labels,
            "project_evaluation": self.evaluations,
            "evaluation_source": self.evaluation_sources,
            "performance_indicator": self.indicators,
        }
        return {name: arrow_table(list(records[name]), schema) for name, schema in FACT_SCHEMAS.items()}


_COLUMN_TYPES = {
    str: pa.string(),
    int: pa.int32(),
    bool: pa.bool_(),
    float: pa.float64(),
    datetime.date: pa.date32(),
    tuple: pa.list_(pa.string()),
}
_AMOUNT, _QUANTITY = pa.decimal128(20, 2), pa.decimal128(24, 6)
"""Amounts in 元, by the names that end so; every other number of a text or an annex."""


def arrow_schema(record: type[msgspec.Struct]) -> pa.Schema:
    """Return the Arrow schema of a record: a column per field. Raises KeyError for types no fact has."""
    return pa.schema([(field.name, _column_type(field)) for field in msgspec.structs.fields(record)])


def _column_type(field: msgspec.structs.FieldInfo) -> pa.DataType:
    [kind] = {part for part in (get_args(field.type) or (field.type,)) if part not in (NoneType, ...)}
    if kind is Decimal:
        return _AMOUNT if field.name.endswith("_yuan") else _QUANTITY
    return _COLUMN_TYPES[get_origin(field.type) if get_origin(field.type) is tuple else kind]


FACT_SCHEMAS: Mapping[str, pa.Schema] = {
    "form": arrow_schema(FormRecord),
    "reported_amount": arrow_schema(ReportedAmount),
    "reading_flag": arrow_schema(ReadingFlag),
    "unmapped": arrow_schema(Unmapped),
    "correction": arrow_schema(CorrectionRecord),
    "narrative_claim": arrow_schema(NarrativeClaim),
    "text_flaw": arrow_schema(TextFlaw),
    "label": arrow_schema(Label),
    "project_evaluation": arrow_schema(ProjectEvaluation),
    "evaluation_source": arrow_schema(EvaluationSource),
    "performance_indicator": arrow_schema(PerformanceIndicator),
    "header": arrow_schema(ReportHeader),
}
"""The kinds of facts, each a table of `audit` but for `header`, which becomes a part of `audit.report`. The
header is staged last, so that its presence means complete facts."""

Facts = Mapping[str, pa.Table]
"""The facts of one or several reports: a table for each name in FACT_SCHEMAS."""


def arrow_table(records: "tuple[Any, ...] | list[Any]", schema: pa.Schema) -> pa.Table:
    """Return records of one kind as an Arrow table of `schema`; an empty list gives an empty table."""
    columns = {name: [getattr(record, name) for record in records] for name in schema.names}
    return pa.Table.from_pydict(columns, schema=schema)
