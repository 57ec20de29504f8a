"""One error at the source is told as one cause, with the number of failures it explains."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit.causes import find_causes, slip
from pipeline.audit.engine import check_batch
from tests.audit.facts import Report, altered, batch, claim, example, label, only
from tests.audit.facts import slip as residue

Cause = dict[str, Any]


def causes(report: Report) -> tuple[list[Cause], list[dict[str, Any]]]:
    facts = batch([report])
    results, found = find_causes(facts, check_batch(facts), check_batch)
    return found.to_pylist(), [row for row in results.to_pylist() if row["status"] == "fail"]


def cell(printed: str) -> dict[str, Any]:
    decimals = len(printed.partition(".")[2])
    return {"amount_yuan": Decimal(printed) * 10_000, "unit": "万元", "decimals": decimals}


@pytest.mark.parametrize(
    ("printed", "meant", "kind"),
    [
        ("326.72", "1326.72", "dropped_digit"),
        ("32.72", "326.72", "dropped_digit"),
        ("31.67", "326.72", None),
        ("3226.72", "326.72", "doubled_digit"),
        ("336.72", "326.72", "altered_digit"),
        ("362.72", "326.72", "swapped_digits"),
        ("-326.72", "326.72", "sign"),
        ("3267200.00", "326.72", "unit"),
        ("3.27", "327.00", "moved_point"),
        ("326.72", "512.09", None),
        ("0.00", "326.72", None),
        ("326.72", "326.72", None),
    ],
)
def test_slips(printed: str, meant: str, kind: str | None) -> None:
    assert slip(cell(printed), Decimal(meant) * 10_000) == kind


@given(st.decimals("0.01", "99999.99", places=2), st.integers(0, 6))
def test_a_number_without_one_of_its_digits_is_a_dropped_digit_or_a_simpler_slip(
    meant: Decimal, at: int
) -> None:
    digits = f"{meant:.2f}".replace(".", "")
    left = digits[:at] + digits[at + 1 :]
    if at >= len(digits) or len(left) < 3 or left.startswith("0"):
        return
    printed = f"{left[:-2]}.{left[-2:]}"
    assert slip(cell(printed), meant * 10_000) in {"dropped_digit", "unit"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "kind", "suggested"),
    [
        ("office: F05 2080501 basic = 121.00", "altered_digit", "120.00"),
        ("office: F05 2080501 total = 210.00", "swapped_digits", "120.00"),
        ("office: F03 2080501 total = 12.00", "dropped_digit", "120.00"),
    ],
)
def test_one_wrong_cell_is_one_cause_of_all_failures(change: str, kind: str, suggested: str) -> None:
    [cause], failed = causes(altered(change))
    assert (cause["hypothesis"], cause["suggested"]) == (kind, [suggested])
    assert cause["checks_repaired"] == cause["checks_failed"] == len(failed) > 1
    assert {row["cause_id"] for row in failed} == {cause["cause_id"]}
    assert cause["defect"] == "source"  # both readings agree


@pytest.mark.slow
def test_a_column_that_slipped_by_a_row_is_one_cause() -> None:
    report = example("office")
    column = [
        i
        for i, amount in enumerate(report.amounts)
        if (amount.form_code, amount.measure, amount.row_kind) == ("F03", "basic", "subject")
    ]
    printed = [report.amounts[i].amount_printed for i in column]
    for place, number in zip(column, printed[-1:] + printed[:-1], strict=True):
        report = report.with_amount(place, number)
    found, failed = causes(report.renamed("slipped"))
    assert found[0]["hypothesis"] == "shifted_rows"
    assert found[0]["checks_repaired"] == len(failed)


def test_what_no_hypothesis_explains_has_no_cause() -> None:
    found, failed = causes(altered("office: F05 2080501 basic = 98765.43"))
    assert failed
    assert not [cause for cause in found if cause["checks_repaired"] == len(failed)]


def test_a_report_without_failures_has_no_causes() -> None:
    facts = batch([example("office")])
    results = check_batch(facts, only("F05-ROW"))
    marked, found = find_causes(facts, results, check_batch)
    assert found.num_rows == 0
    assert marked == results


def test_a_figure_taken_from_another_form_is_one_cause_with_all_that_follow_it() -> None:
    # 基本支出 of F03 (712.00) in place of F05 (700.00), 人员经费 off by as much; F06 prints 600.00
    report = example("office")
    [basic, personnel] = [c for c in report.claims if c.section == "gpb_basic" and c.metric != "public"]
    restated = {
        basic.claim_no: claim("", basic.claim_no, "gpb_basic", "basic", "", "712.00", "万元"),
        personnel.claim_no: claim("", personnel.claim_no, "gpb_basic", "personnel", "", "612.00", "万元"),
    }
    claims = tuple(restated.get(c.claim_no, c) for c in report.claims)
    # a slip of wording beside it, which no number explains, hides nothing
    wrong = report._replace(claims=claims, flaws=(residue("residue", "下降（增长）"),)).renamed("wrong")
    [taken] = [c.cell_no for c in wrong.amounts if label(c) == "F03 total basic"]
    [cause], failed = causes(wrong)
    assert [(row["check_id"], row["cause_id"]) for row in failed] == [
        ("N06-BASIC", cause["cause_id"]),
        ("N06-PERS", cause["cause_id"]),
        ("T-RESIDUE", None),
    ]
    assert (cause["hypothesis"], cause["defect"]) == ("wrong_source_form", "source")
    assert (cause["form_code"], cause["page"], cause["cell_nos"]) == ("TEXT", 20, [taken])
    assert cause["claim_nos"] == [basic.claim_no, personnel.claim_no]
    assert (cause["printed"], cause["suggested"]) == (["712.00", "612.00"], ["700.00", "600.00"])
    assert (cause["checks_repaired"], cause["checks_failed"], cause["alternatives"]) == (2, 2, 0)


def test_a_figure_that_no_form_prints_was_taken_from_none() -> None:
    found, failed = causes(altered("office: TEXT gpb_basic basic = 730.00"))
    assert failed
    assert "wrong_source_form" not in {cause["hypothesis"] for cause in found}
