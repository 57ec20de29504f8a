"""Great Expectations suites: the shape of facts and check results, as versioned JSON.

Belongs here: the frames that the suites look at and running a suite over a batch. Does not: verdicts
(`gate`), or arithmetic on amounts beyond the columns below, which DuckDB computes exactly and the suites
compare with a constant (amounts are Decimal objects in the frames, never float).
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from pipeline.audit.rulebook import rulebook
from pipeline.config import PROJECT_DIR
from pipeline.facts import UNIT_YUAN, Facts
from pipeline.forms.text import BLANK_MARKS
from pipeline.sql_text import literal
from pipeline.staging import fingerprint

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.interfaces import Batch

SUITES_DIR = PROJECT_DIR / "expectations" / "suites"

_UNITS = ", ".join(f"({literal(unit)}, {yuan})" for unit, yuan in UNIT_YUAN.items())

_BLANKS = ", ".join(map(literal, sorted(BLANK_MARKS)))

# What each suite looks at: the facts, with what takes more than one column to say. `print_error` is the
# printed number times its unit, less the amount, in 元.
_FRAMES = {
    "facts_amount": f"""
        WITH unit_yuan (unit, yuan) AS (VALUES {_UNITS})
        SELECT a.*,
            try_cast(a.amount_printed AS DECIMAL(28, 8)) * u.yuan - a.amount_yuan AS print_error,
            a.amount_printed IS NOT NULL AND a.amount_yuan IS NULL
                OR a.amount_printed IS NULL AND a.amount_yuan IS NOT NULL AS amount_missing,
            coalesce(length(split_part(a.amount_printed, '.', 2)), -1) <> coalesce(a.decimals, -1)
                AS decimals_wrong,
            coalesce((a.form_code IN ('F01', 'F04')) <> (a.side IN ('income', 'expenditure')), a.form_code
                IN ('F01', 'F04')) AS side_wrong,
            (a.form_code IN ('F01', 'F04', 'F09')) = (a.item_code IS NOT NULL) AND a.row_kind <> 'part'
                AS kind_wrong,
            a.amount_printed IS NULL
                AND regexp_replace(a.cell_text, '[\\s\u3000]+', '', 'g') NOT IN ({_BLANKS}) AS unreadable,
            coalesce(a.flag = 'doubtful', false) AS doubtful
        FROM reported_amount AS a
        LEFT JOIN unit_yuan AS u USING (unit)
    """,
    "facts_form": """
        SELECT *,
            CASE WHEN state = 'missing' THEN page_first IS NOT NULL OR page_last IS NOT NULL
                ELSE coalesce(page_first < 1 OR page_first > page_last, true) END AS pages_wrong,
            state <> 'missing' AND title_printed IS NULL AS title_missing
        FROM form
    """,
    # Numbers below an unknown title or header are no facts at all, whatever they are; those beside an unknown
    # label are facts without a name, which matters where they are not zero.
    "facts_unmapped": """
        SELECT * EXCLUDE (numbers_printed), CAST(numbers_printed AS VARCHAR) AS numbers_printed,
            concat(form_code || ' ', replace(kind, '_', ' '), ' ',
                coalesce('“' || nullif(text_printed, '') || '”', 'missing'), ' on page ', page, ' with ',
                len(numbers_printed), if(len(numbers_printed) = 1, ' number', ' numbers'),
                ' that has the header of ' || resembles) AS named,
            CASE WHEN kind = 'row_label' THEN len(list_filter(numbers_printed, lambda number:
                    coalesce(try_cast(number AS DECIMAL(28, 8)), 1) <> 0)) > 0
                ELSE len(numbers_printed) > 0 END AS kept_out
        FROM unmapped
    """,
    "facts_header": """
        SELECT h.*,
            coalesce(left(sha256, 16) <> report_key, true) AS key_wrong,
            report_kind = 'final_account' AND fiscal_year IS NULL AS year_missing,
            report_kind = 'final_account' AND department_name IS NULL AS department_missing,
            CASE WHEN report_kind = 'final_account' THEN len(list_filter($ids, lambda id: NOT list_contains(
                coalesce(c.ids, CAST([] AS VARCHAR[])), id))) ELSE 0 END AS checks_missing,
            report_kind = 'final_account' AND a.report_key IS NULL AS amounts_missing
        FROM header AS h
        LEFT JOIN (SELECT report_key, list(DISTINCT check_id) AS ids FROM result GROUP BY 1) AS c
            USING (report_key)
        LEFT JOIN (SELECT DISTINCT report_key FROM reported_amount WHERE amount_printed IS NOT NULL) AS a
            USING (report_key)
    """,
    "check_result": """
        SELECT r.* EXCLUDE (pages, cell_nos, claim_nos),
            CAST(r.pages AS VARCHAR) AS pages, CAST(cell_nos AS VARCHAR) AS cell_nos,
            CAST(claim_nos AS VARCHAR) AS claim_nos,
            coalesce(severity = 'H' AND status = 'fail', false) AS hard_failure,
            coalesce(severity <> 'I' AND (status = 'improbable_rounding'
                OR (severity = 'W' AND status = 'fail')
                OR (severity = 'H' AND status = 'not_evaluable' AND NOT recognised)), false) AS warning,
            coalesce(severity = 'H' AND status = 'not_evaluable' AND recognised, false) AS unproved,
            coalesce(coalesce(reported, 0) - coalesce(computed, 0) <> difference
                OR (status IN ('rounding', 'improbable_rounding') AND abs(difference) > tolerance), false)
                AS difference_wrong
        FROM result AS r
        LEFT JOIN (SELECT report_key, reading IS NOT DISTINCT FROM 'ocr' AS recognised FROM header) AS h
            USING (report_key)
    """,
}


@dataclass(frozen=True)
class Suite:
    """One suite: `grain` are the columns that name a failing row."""

    name: str
    version: int
    grain: tuple[str, ...]
    expectations: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Breach:
    """One row that breaks one expectation: `says` is what was expected, `row` the grain of the row."""

    suite: str
    says: str
    critical: bool
    row: dict[str, Any]
    value: Any


class SuiteError(Exception):
    """A suite that could not be applied: the tables are not those of the contract, or the suite is wrong."""


def load_suites(folder: Path = SUITES_DIR) -> tuple[Suite, ...]:
    """Return the suites in `folder`; raises SuiteError when a suite has no frame to look at."""
    suites = []
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        meta = content["meta"]
        suites.append(
            Suite(content["name"], meta["version"], tuple(meta["grain"]), tuple(content["expectations"]))
        )
    if unknown := {suite.name for suite in suites} ^ set(_FRAMES):
        raise SuiteError(f"suites and frames do not match: {', '.join(sorted(unknown))}")
    return tuple(suites)


def suites_fingerprint() -> str:
    """Return the fingerprint of everything that decides a verdict beyond the check results."""
    here = Path(__file__).parent
    code = [here / "gate.py", here / "suites.py"]
    return fingerprint([*SUITES_DIR.glob("*.json"), *code])


@contextmanager
def facts_connection(facts: Facts, result: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with the facts of a batch by name, and numbered check results as `result`."""
    with duckdb.connect() as con:
        for name, table in {**facts, "checked": result}.items():
            con.register(name, table)
        con.execute("CREATE TEMP TABLE result AS SELECT *, row_number() OVER () AS result_no FROM checked")
        yield con


def breaches(con: duckdb.DuckDBPyConnection) -> list[Breach]:
    """Apply every suite to the batch in `con`, one validation per suite; return the rows that break it.

    Raises SuiteError when an expectation could not be evaluated or concerns the table as a whole: then
    nothing of the batch can be judged.
    """
    # Imported here: it takes three seconds, and only the gate needs it.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("batch")
    found: list[Breach] = []
    for suite in load_suites():
        parameters = {"ids": rulebook().ids()} if "$ids" in _FRAMES[suite.name] else None
        frame = con.execute(_FRAMES[suite.name], parameters).to_arrow_table().to_pandas()
        asset = source.add_dataframe_asset(suite.name)
        whole = asset.add_batch_definition_whole_dataframe("whole")
        found += _breaches_of(suite, whole.get_batch({"dataframe": frame}))
    return found


def _breaches_of(suite: Suite, batch: "Batch") -> list[Breach]:
    import great_expectations as gx

    result = batch.validate(
        gx.ExpectationSuite(name=suite.name, expectations=[dict(e) for e in suite.expectations]),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": list(suite.grain)},
    )
    found = []
    for outcome in result.results:
        config = outcome.expectation_config
        if config is None:
            raise SuiteError(f"{suite.name}: a result without its expectation: {outcome}")
        says = config.meta["says"]
        if outcome.exception_info.get("raised_exception") or any(
            isinstance(info, dict) and info.get("raised_exception")
            for info in outcome.exception_info.values()
        ):
            raise SuiteError(f"{suite.name}: {says}: could not be evaluated: {outcome.exception_info}")
        if outcome.success:
            continue
        rows = outcome.result.get("unexpected_index_list")
        if not rows:
            raise SuiteError(f"{suite.name}: {says}: {outcome.result.get('details') or outcome.result}")
        critical = str(config.severity).lower().endswith("critical")
        for row in rows:
            grain = {name: row.pop(name) for name in suite.grain}
            found.append(Breach(suite.name, says, critical, grain, next(iter(row.values()), None)))
    return found
