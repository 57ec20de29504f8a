"""What pages are made of: rows of the published database, for many reports at a time.

Belongs here: the SQL of the site, one struct per kind of row. Does not: what a page makes of the rows.
Fields are named as the columns are; what they hold is said in the data dictionary.
"""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import duckdb
import msgspec

Date = datetime.date | None
Moment = datetime.datetime | None
Text = str | None
Number = int | None
Amount = Decimal | None
Place = float | None


class Row(msgspec.Struct, frozen=True):
    """A row of one table. `TABLE` is where it stands, `ORDER` its order within a report."""

    TABLE: ClassVar[str]
    ORDER: ClassVar[str]


class Report(Row, frozen=True):
    """One file given to the system. `department_key` is None where it names no department."""

    TABLE = "(from audit.report left join audit.report_department using (report_key))"
    ORDER = "fiscal_year desc nulls last, department_name, scope, revision_no desc, file_name, report_key"

    report_key: str
    sha256: str
    file_name: str
    file_type: str
    source_url: Text
    page_url: Text
    title: Text
    published_at: Moment
    archived_at: Moment
    report_kind: Text
    kind_reason: Text
    department_key: Text
    department_name: Text
    fiscal_year: Number
    unit: Text
    pages: Number
    scope: Text
    place_name: Text
    division_code: Text
    reading: Text
    department_reason: Text
    verdict: str
    reasons: list[str]
    account_key: str
    revision_no: int
    is_current: bool


class Form(Row, frozen=True):
    """A statutory form of a report, a missing one too."""

    TABLE = "audit.form"
    ORDER = "page_first nulls last, form_code"

    form_code: str
    title_printed: Text
    unit: Text
    page_first: Number
    page_last: Number
    state: str
    note_printed: Text
    copies: int


class Cell(Row, frozen=True):
    """A printed cell of a labelled row."""

    TABLE = "audit.reported_amount"
    ORDER = "form_code, page, table_no, row_no, column_no, cell_no"

    form_code: str
    side: Text
    item_code: Text
    item_name: Text
    row_kind: str
    measure: str
    cell_text: str
    page: int
    table_no: int
    row_no: int
    column_no: int
    cell_no: int
    flag: Text
    corrected_by: Text


class Check(Row, frozen=True):
    """A check result."""

    TABLE = "audit.check_result"
    ORDER = "check_id, form_code, subject, measure, page, message"

    check_id: str
    form_code: Text
    subject: Text
    measure: Text
    severity: str
    status: str
    reported: Amount
    computed: Amount
    difference: Amount
    unit: Text
    pages: list[int] | None
    cell_nos: list[int] | None
    claim_nos: list[int] | None
    message: Text
    cause_id: Text


class Cause(Row, frozen=True):
    """A hypothesis that explains failed checks."""

    TABLE = "audit.cause"
    ORDER = "cause_id"

    cause_id: str
    hypothesis: str
    defect: str
    form_code: str
    page: int
    cell_nos: list[int]
    printed: list[str]
    suggested: list[str]
    checks_repaired: int
    checks_failed: int
    alternatives: int


class Flag(Row, frozen=True):
    """A place whose reading is not to be trusted."""

    TABLE = "audit.reading_flag"
    ORDER = "flag_no"

    kind: str
    form_code: Text
    page: int
    locator: str
    first_text: Text
    second_text: Text
    corrected_by: Text


class Unmapped(Row, frozen=True):
    """What the form dictionary does not know."""

    TABLE = "audit.unmapped"
    ORDER = "unmapped_no"

    kind: str
    form_code: Text
    text_printed: str
    numbers_printed: list[str]
    page: int
    locator: str
    resembles: Text


class Claim(Row, frozen=True):
    """A figure of the narrative."""

    TABLE = "audit.narrative_claim"
    ORDER = "claim_no"

    claim_no: int
    section: str
    metric: Text
    subject: Text
    value_printed: str
    unit: Text
    placed: bool
    sentence: str
    page: int


class Flaw(Row, frozen=True):
    """A slip of wording."""

    TABLE = "audit.text_flaw"
    ORDER = "flaw_no"

    kind: str
    section: str
    found: str
    sentence: str
    page: int


class Evaluation(Row, frozen=True):
    """A self-evaluation."""

    TABLE = "audit.project_evaluation"
    ORDER = "evaluation_no"

    evaluation_no: int
    kind: Text
    title_printed: Text
    project_name: Text
    department_name: Text
    unit: Text
    initial_budget_printed: Text
    adjusted_budget_printed: Text
    executed_printed: Text
    rate_printed: Text
    total_score_printed: Text
    rating_printed: Text
    goals_expected: Text
    goals_actual: Text
    page_first: int
    page_last: int


class Source(Row, frozen=True):
    """A source of funds of a self-evaluation."""

    TABLE = "audit.evaluation_source"
    ORDER = "evaluation_no, source_no"

    evaluation_no: int
    source_printed: str
    initial_budget_printed: Text
    adjusted_budget_printed: Text
    executed_printed: Text
    rate_printed: Text


class Indicator(Row, frozen=True):
    """A line of a self-evaluation."""

    TABLE = "audit.performance_indicator"
    ORDER = "evaluation_no, indicator_no"

    evaluation_no: int
    level1: Text
    level2: Text
    level3: Text
    target_printed: Text
    actual_printed: Text
    weight_printed: Text
    score_printed: Text
    deviation_printed: Text
    reason_printed: Text


class Waiver(Row, frozen=True):
    """A decision to release a report in spite of a failed check."""

    TABLE = "audit.waiver"
    ORDER = "waiver_no"

    check_id: str
    form_code: Text
    subject: Text
    measure: Text
    difference: Amount
    reason: str
    who: str
    decided_on: Date
    until: Date
    state: str


class Correction(Row, frozen=True):
    """A correction of the reading."""

    TABLE = "audit.correction"
    ORDER = "correction_no"

    action: str
    form_code: Text
    item: Text
    measure: Text
    page: int
    printed_before: Text
    printed_after: Text
    reason: str
    who: str
    decided_on: Date


class Change(Row, frozen=True):
    """A cell that differs from the version before."""

    TABLE = "audit.revision_diff"
    ORDER = "form_code, coalesce(new_cell_no, old_cell_no), measure"

    change: str
    form_code: str
    side: Text
    item: Text
    measure: str
    old_printed: Text
    new_printed: Text


class Failure(Row, frozen=True):
    """A stage that failed for a file."""

    TABLE = "(select * from audit.outcome join audit.report using (sha256) where outcome.status = 'failed')"
    ORDER = "stage"

    stage: str
    error_class: Text
    message: Text
    page: Number


PARTS: tuple[type[Row], ...] = (
    Form,
    Cell,
    Check,
    Cause,
    Flag,
    Unmapped,
    Claim,
    Flaw,
    Evaluation,
    Source,
    Indicator,
    Waiver,
    Correction,
    Change,
    Failure,
)
"""What a report consists of."""

AnyRow = TypeVar("AnyRow", bound=Row)


def reports(con: duckdb.DuckDBPyConnection) -> list[Report]:
    """Return all reports, newest year first, then by department."""
    columns = _columns(Report)
    return [
        Report(*row)
        for row in con.execute(f"select {columns} from {Report.TABLE} order by {Report.ORDER}").fetchall()
    ]


def parts(con: duckdb.DuckDBPyConnection, kind: type[AnyRow], keys: Sequence[str]) -> dict[str, list[AnyRow]]:
    """Return the rows of one kind of the reports `keys`, by report key, each in its order."""
    found: dict[str, list[AnyRow]] = {}
    for key, *row in con.execute(
        f"select report_key, {_columns(kind)} from {kind.TABLE}"
        f" where report_key in (select unnest($1)) order by report_key, {kind.ORDER}",
        [list(keys)],
    ).fetchall():
        found.setdefault(key, []).append(kind(*row))
    return found


def digests(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return for each report a text that changes when anything of its parts does; reports without parts lack.

    The order of rows does not matter: their hashes are added up.
    """
    found: dict[str, str] = {}
    for kind in PARTS:
        for key, count, total in con.execute(
            f"select report_key, count(*), sum(hash({_columns(kind)})::hugeint)"
            f" from {kind.TABLE} group by report_key order by report_key"
        ).fetchall():
            found[key] = f"{found.get(key, '')} {kind.__name__} {count} {total}"
    return found


def table(con: duckdb.DuckDBPyConnection, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return the rows of a query as mappings of its columns."""
    result = con.execute(sql, list(parameters))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _columns(kind: type[Row]) -> str:
    return ", ".join(kind.__struct_fields__)


# Names, in both languages -----------------------------------------------------------------------------------

FORM_NAMES = "select form_code, name_zh, name_en from marts.dim_form"
MEASURE_NAMES = "select form_code, side, measure, phase, name_zh, name_en from marts.dim_measure"

# Totals, from the marts: accepted reports, each in its current version --------------------------------------

# Of each report the totals of its forms. A report has one total row per form; should a form print it twice,
# the first counts.
REPORT_TOTALS = """
    with income as (
        select report_key, arg_min(e, cell_no) as e
        from marts.fct_income as e where row_level = 'total' group by report_key
    ),
    expenditure as (
        select report_key, arg_min(e, cell_no) as e
        from marts.fct_expenditure as e where row_level = 'total' and form_code = 'F03' group by report_key
    )
    select
        r.report_key, r.department_key, r.fiscal_year, r.scope, r.place_name,
        income.e.total_yuan as income_yuan,
        income.e.fiscal_appropriation_yuan, income.e.superior_subsidy_yuan, income.e.institutional_yuan,
        income.e.operating_yuan, income.e.subordinate_remittance_yuan, income.e.other_yuan,
        expenditure.e.total_yuan as expenditure_yuan,
        expenditure.e.basic_yuan, expenditure.e.project_yuan
    from marts.dim_report as r
    left join income using (report_key)
    left join expenditure using (report_key)
    where $1 is null or r.department_key in (select unnest($1))
    order by r.department_key, r.scope nulls last, r.fiscal_year, r.report_key
"""

THREE_PUBLIC = """
    select department_key, report_key, phase, total_yuan, overseas_yuan, vehicle_yuan, vehicle_purchase_yuan,
        vehicle_operation_yuan, reception_yuan
    from marts.fct_three_public
    where department_key in (select unnest($1))
    order by report_key, phase
"""

# Classes of the functional classification, from all funds (F03).
CLASSES = """
    select department_key, report_key, function_code, any_value(item_name) as item_name,
        sum(total_yuan) as total_yuan
    from marts.fct_expenditure
    where form_code = 'F03' and row_level = 'class' and department_key in (select unnest($1))
    group by department_key, report_key, function_code
    order by report_key, function_code
"""

# Budget, final account and their ratio as the narrative states them for the general public budget. The first
# sentence without a subject counts, as it speaks of the whole.
EXECUTION = """
    select report_key, metric, value_printed, unit, value_yuan, page
    from audit.narrative_claim
    where section = 'gpb_detail' and subject is null and report_key in (select unnest($1))
        and metric in ('initial_budget', 'final', 'completion_percent')
    qualify row_number() over (partition by report_key, metric order by claim_no) = 1
    order by report_key, metric
"""

# Warnings of accepted reports: what failed without holding the report back.
WARNINGS = """
    select report_key, check_id, count(*) as results, min(message) as message
    from audit.check_result
    where severity = 'W' and status = 'fail' and report_key in (select unnest($1))
    group by report_key, check_id
    order by report_key, check_id
"""

# By check: how results ended, over all reports read.
CHECK_RATES = """
    select check_id, severity, count(distinct report_key) as reports,
        count(distinct report_key) filter (where status = 'fail') as reports_failed,
        count(*) filter (where status = 'exact') as exact,
        count(*) filter (where status = 'rounding') as rounding,
        count(*) filter (where status = 'improbable_rounding') as improbable_rounding,
        count(*) filter (where status = 'fail') as fail,
        count(*) filter (where status = 'not_applicable') as not_applicable,
        count(*) filter (where status = 'not_evaluable') as not_evaluable
    from audit.check_result
    group by check_id, severity
    order by reports_failed desc, severity, check_id
"""

# What a picture of a page shows: the cells that a failed check compares or a cause names, sentences that a
# failed check compares, flags, and what is unmapped. Only where the file has pages.
MARKS = """
    with failed as (
        select * from audit.check_result
        where report_key in (select unnest($1))
            and ((severity in ('H', 'W') and status in ('fail', 'improbable_rounding'))
                or (severity = 'H' and status = 'not_evaluable'))
    ),
    cells as (
        select distinct report_key, unnest(cell_nos) as cell_no from failed
        union
        select report_key, unnest(cell_nos) as cell_no
        from audit.cause where report_key in (select unnest($1))
    ),
    claims as (select distinct report_key, unnest(claim_nos) as claim_no from failed)
    select report_key, page, 'concerned' as kind, x0, top, x1, bottom
    from audit.reported_amount join cells using (report_key, cell_no)
    union all
    select report_key, page, 'concerned', x0, top, x1, bottom
    from audit.narrative_claim join claims using (report_key, claim_no)
    union all
    select report_key, page, 'flagged', x0, top, x1, bottom
    from audit.reading_flag where report_key in (select unnest($1))
    union all
    select report_key, page, 'flagged', x0, top, x1, bottom
    from audit.reported_amount where report_key in (select unnest($1)) and flag is not null
    union all
    select report_key, page, 'unmapped', x0, top, x1, bottom
    from audit.unmapped where report_key in (select unnest($1))
    order by all
"""


def marks(
    con: duckdb.DuckDBPyConnection, keys: Iterable[str]
) -> dict[str, dict[int, list[tuple[str, Place, Place, Place, Place]]]]:
    """Return what is to be marked: report key to page to (kind, x0, top, x1, bottom), each once, in order.

    The box is None where the file has no pages.
    """
    found: dict[str, dict[int, list[tuple[str, Place, Place, Place, Place]]]] = {}
    for key, page, *mark in con.execute(MARKS, [list(keys)]).fetchall():
        on_page = found.setdefault(key, {}).setdefault(page, [])
        if not on_page or on_page[-1] != tuple(mark):
            on_page.append(tuple(mark))
    return found
