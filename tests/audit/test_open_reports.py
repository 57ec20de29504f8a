"""The open reports: nothing fails, and each printed sum that does not close is `rounding` under its check."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from pipeline.audit.engine import check_batch
from pipeline.audit.rulebook import rulebook
from tests.audit.facts import OPEN_REPORTS, TRUTH, batch, needs_truth, truth

pytestmark = needs_truth

# The truth files hold amounts, and neither notes nor sentences; see test_labels.
LABELS = {check.id for check in rulebook().labels}

# How the meta files word a sum that does not close, and which check it is: id, subject, measure.
WORDINGS: list[tuple[str, str, str | None, str | None]] = [
    (r"F01 income lines vs 本年收入合计", "F01-INC", None, None),
    (r"F01 expenditure side vs 总计", "F01-EXPTOT", None, None),
    (r"F06 301\+303 vs 人员经费合计", "F06-PERS", None, None),
    (r"F06 (?P<subject>\d+) children vs parent", "F06-CLASS", "{subject}", None),
    (r"F04 (?P<measure>\w+): lines vs 本年支出合计", "F04-COL", None, "{measure}"),
    (r"F03 (?P<subject>\d+) \S+ vs F01 line", "X-F01-F03-CLASS", "{subject}", None),
    (r"F05 (?P<subject>\d+) \S+ vs F04 line", "X-F04-F05-CLASS", "{subject}", None),
    (r"(?P<form>F\d\d) (?P<subject>\w+) columns vs total", "{form}-ROW", "{subject}", "total"),
    (
        r"(?P<form>F\d\d) (?P<measure>\w+): (?P<subject>\d+) children vs parent",
        "{form}-HIER",
        "{subject}",
        "{measure}",
    ),
    (r"(?P<form>F\d\d) (?P<measure>\w+): top level codes vs 合计", "{form}-COL", None, "{measure}"),
]


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = check_batch(batch(truth(report) for report in OPEN_REPORTS)).to_pylist()
    return rows


def meta(report: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((TRUTH / f"{report}.meta.json").read_text(encoding="utf-8"))
    return content


def worded(what: str) -> tuple[dict[str, str], str, str | None, str | None]:
    """Return the words of a sentence and the names of its check; every sentence has a wording above."""
    for pattern, check, subject, measure in WORDINGS:
        if found := re.fullmatch(pattern, what):
            return found.groupdict(), check, subject, measure
    raise AssertionError(f"no wording for {what!r}")


def test_no_sum_fails(results: list[dict[str, Any]]) -> None:
    bad = [row for row in results if row["status"] in ("fail", "not_evaluable", "improbable_rounding")]
    assert [row for row in bad if row["check_id"] not in LABELS] == []
    named = [row["subject"] for row in bad if row["check_id"] == "Y-CODE" and row["status"] == "fail"]
    assert named == ["2060499"]  # 其他技术与开发支出, should be 其他技术研究与开发支出


@pytest.mark.parametrize("report", OPEN_REPORTS)
def test_printed_sums_that_do_not_close_are_rounding(report: str, results: list[dict[str, Any]]) -> None:
    own = [row for row in results if row["report_key"] == truth(report).header.report_key]
    for entry in meta(report)["printed_sums_that_do_not_close"]:
        sentence = re.fullmatch(r"(.+): ([\d.]+) vs ([\d.]+) \(diff -?([\d.]+)\)", entry)
        assert sentence is not None, entry
        what, computed, reported, difference = sentence.groups()
        words, check, subject, measure = worded(what)
        rows = [
            row
            for row in own
            if row["check_id"] == check.format(**words)
            and (subject is None or row["subject"] == subject.format(**words))
            and (measure is None or row["measure"] == measure.format(**words))
        ]
        assert [row["status"] for row in rows] == ["rounding"], entry
        amounts = {Decimal(computed) * 10_000, Decimal(reported) * 10_000}
        assert {rows[0]["reported"], rows[0]["computed"]} == amounts
        assert abs(rows[0]["difference"]) == Decimal(difference) * 10_000


def test_sums_that_close_are_exact(results: list[dict[str, Any]]) -> None:
    """seed2023 prints no sum that does not close."""
    key = truth("seed2023").header.report_key
    own = [row for row in results if row["report_key"] == key and row["check_id"] not in LABELS]
    statuses = {row["status"] for row in own}
    assert statuses == {"exact", "not_applicable"}
