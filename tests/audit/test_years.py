"""Checks across years: each holds over reports that follow each other, and fails where they do not."""

from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.audit.engine import check_batch
from pipeline.audit.rulebook import Identity, Rulebook, rulebook
from pipeline.audit.years import PAIR_SCHEMA, YEAR_SCHEMA, check_years, stale_figures, year_warnings
from tests.audit.facts import Report, batch, claim, example, label, only, said, with_printed

Row = dict[str, Any]

# What `office` prints for the year before: its balances, and its totals less the changes stated.
PRIOR = {
    "F01 income grand_total final": "1000.00",
    "F01 expenditure closing_balance final": "52.00",
    "F04 income grand_total final": "1050.00",
    "F04 expenditure closing_balance total": "30.00",
    "F04 expenditure closing_balance general_public_budget": "20.00",
    "F04 expenditure closing_balance government_fund": "6.00",
    "F04 expenditure closing_balance state_capital": "4.00",
    "F05 total total": "900.00",
    **{f"F07 {row} closing_balance": "6.00" for row in ("total", "212", "21208", "2120801")},
    **{f"F08 {row} closing_balance": "4.00" for row in ("total", "223", "22301", "2230103")},
    "F09 final_total": "43.00",
    "F09 final_overseas": "5.00",
    "F09 final_vehicle": "32.00",
    "F09 final_reception": "6.00",
    "TEXT agency_operating agency_operating_expense": "80.00",
    "TEXT three_public_vehicle vehicles_owned": "5",
}
STATED = claim("", 900, "overall", "prior_year_grand_total", "", "1000.00", "万元")


def printing(name: str, changes: dict[str, str], added: tuple[Any, ...] = ()) -> Report:
    """Return `office` under another name with other numbers; '-' takes a figure of the narrative away."""
    report = example("office")
    known = {label(cell) for cell in report.amounts} | {said(stated) for stated in report.claims}
    assert changes.keys() <= known
    cells = tuple(
        with_printed(cell, changes[label(cell)]) if label(cell) in changes else cell
        for cell in report.amounts
    )
    claims = tuple(
        stated
        if said(stated) not in changes
        else claim("", stated.claim_no, stated.section, str(stated.metric), stated.subject_code or "",
                   changes[said(stated)], str(stated.unit))
        for stated in report.claims
        if changes.get(said(stated)) != "-"
    )  # fmt: skip
    return report._replace(amounts=cells, claims=(*claims, *added)).renamed(name)


def compared(
    this: Report, prior: Report, rules: Rulebook | None = None, reason: str | None = None
) -> list[Row]:
    pair = {
        "report_key": this.header.report_key,
        "file_name": "2023.pdf",
        "other_report_key": prior.header.report_key,
        "other_file_name": "2022.pdf",
        "not_comparable": reason,
    }
    pairs = pa.Table.from_pylist([pair], schema=PAIR_SCHEMA)
    table = check_years(batch([this, prior]), pairs, rules)
    assert table.schema == YEAR_SCHEMA
    return table.to_pylist()


def of(rows: list[Row], check: str, status: str | None = None) -> list[Row]:
    return [row for row in rows if row["check_id"] == check and status in (None, row["status"])]


THIS = printing("this", {}, (STATED,))
BEFORE = printing("before", PRIOR)
RATE = printing("rate", {"TEXT overall yoy_change_amount": "-"})


@pytest.fixture(scope="module")
def holding() -> list[Row]:
    return compared(THIS, BEFORE)


def test_checks_across_years_hold_over_reports_that_follow_each_other(holding: list[Row]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for row in holding:
        key = (row["check_id"], row["status"])
        counts[key] = counts.get(key, 0) + 1
    assert counts == {
        ("Y-CARS", "exact"): 1,
        ("Y-OPEN", "exact"): 13,
        ("Y-PRIOR", "exact"): 8,
        ("Y-PRIOR-RATE", "not_applicable"): 1,
        ("Y-PRIOR-STATED", "exact"): 1,
    }
    [rate] = of(compared(RATE, BEFORE), "Y-PRIOR-RATE", "exact")
    assert (str(rate["reported"]), rate["unit"]) == ("10.0000", "%")


def test_results_name_their_own_cells_and_those_of_the_year_before(holding: list[Row]) -> None:
    [row] = [r for r in of(holding, "Y-OPEN") if r["form_code"] == "F01"]
    [opening] = [c.cell_no for c in THIS.amounts if label(c) == "F01 income opening_balance final"]
    [closing] = [c.cell_no for c in BEFORE.amounts if label(c) == "F01 expenditure closing_balance final"]
    assert (row["page"], row["pages"], row["cell_nos"], row["claim_nos"]) == (1, [1], [opening], [])
    assert (row["other_pages"], row["other_cell_nos"], row["other_claim_nos"]) == ([1], [closing], [])
    assert row["other_report_key"] == BEFORE.header.report_key
    [cars] = of(holding, "Y-CARS")
    assert (cars["cell_nos"], len(cars["claim_nos"]), cars["other_cell_nos"]) == ([], 2, [])
    assert cars["other_pages"] == [20]
    assert cars["other_claim_nos"] == [
        c.claim_no for c in BEFORE.claims if said(c) == "TEXT three_public_vehicle vehicles_owned"
    ]


@pytest.mark.parametrize(
    ("check", "prior", "failed"),
    [
        ("Y-PRIOR", {"F01 income grand_total final": "990.00"},
         [("overall", "yoy_change_amount", "1000000", "1100000")]),
        ("Y-PRIOR", {"F05 total total": "901.00"}, [("gpb_overall", "yoy_change_amount", "50000", "40000")]),
        ("Y-PRIOR", {"F09 final_vehicle": "31.00"},
         [("three_public_overall", "vehicle_yoy_change_amount", "-40000", "-30000")]),
        ("Y-PRIOR", {"TEXT agency_operating agency_operating_expense": "85.00"},
         [("agency_operating", "yoy_change_amount", "100000", "50000")]),
        ("Y-PRIOR-STATED", {"F01 income grand_total final": "990.00"},
         [("overall", "prior_year_grand_total", "10000000", "9900000")]),
        ("Y-OPEN", {"F01 expenditure closing_balance final": "50.00"},
         [("opening_balance", "final", "520000", "500000")]),
        ("Y-OPEN", {"F04 expenditure closing_balance government_fund": "5.00"},
         [("opening_balance", "government_fund", "60000", "50000")]),
        ("Y-OPEN", {"F07 2120801 closing_balance": "5.00"},
         [("2120801", "opening_balance", "60000", "50000")]),
        ("Y-OPEN", {"F08 total closing_balance": "3.00"}, [("total", "opening_balance", "40000", "30000")]),
        ("Y-CARS", {"TEXT three_public_vehicle vehicles_owned": "4"},
         [("three_public_vehicle", "vehicles_owned", "6", "5")]),
    ],
)  # fmt: skip
def test_checks_across_years_fail(
    check: str, prior: dict[str, str], failed: list[tuple[str, str, str, str]]
) -> None:
    rows = of(compared(THIS, printing("other", PRIOR | prior)), check, "fail")
    told = [(r["subject"], r["measure"], f"{r['reported']:.0f}", f"{r['computed']:.0f}") for r in rows]
    assert told == failed
    this, other = THIS.header.report_key, printing("other", {}).header.report_key
    assert f"2023.pdf ({this}) page" in rows[0]["message"]
    assert f"against 2022.pdf ({other}) page" in rows[0]["message"]


def test_a_rate_alone_is_compared_through_its_interval() -> None:
    [cut] = of(
        compared(RATE, printing("near", PRIOR | {"F01 income grand_total final": "1000.05"})), "Y-PRIOR-RATE"
    )
    assert cut["status"] == "rounding"
    [wrong] = of(
        compared(RATE, printing("far", PRIOR | {"F01 income grand_total final": "990.00"})), "Y-PRIOR-RATE"
    )
    assert (wrong["status"], str(wrong["computed"])) == ("fail", "11.1111")


@pytest.mark.parametrize(
    ("printed", "status"),
    [("520000.00", "exact"), ("520050.00", "rounding"), ("520050.01", "fail")],
)
def test_each_report_rounds_in_its_own_unit(printed: str, status: str) -> None:
    yuan = [
        with_printed(msgspec.structs.replace(cell, unit="元"), printed)
        if label(cell) == "F01 expenditure closing_balance final"
        else cell
        for cell in BEFORE.amounts
    ]
    rows = of(compared(THIS, BEFORE._replace(amounts=tuple(yuan)).renamed("yuan")), "Y-OPEN")
    [row] = [r for r in rows if r["form_code"] == "F01"]
    assert (row["status"], str(row["tolerance"])) == (status, "50.0050")


def test_what_one_of_the_reports_does_not_print_is_not_evaluable() -> None:
    cells = tuple(cell for cell in BEFORE.amounts if label(cell) != "F07 2120801 closing_balance")
    rows = of(compared(THIS, BEFORE._replace(amounts=cells).renamed("less")), "Y-OPEN")
    [row] = [r for r in rows if r["subject"] == "2120801"]
    assert (row["status"], row["message"]) == (
        "not_evaluable",
        "prior F07 total/subjects closing_balance is not printed",
    )


def test_reports_that_cannot_be_compared_say_why() -> None:
    rows = compared(THIS, BEFORE, reason="merged: 甲局 → 乙局 on 2023-03-01")
    assert [row["check_id"] for row in rows] == sorted(rulebook().year_ids())
    assert {(row["status"], row["message"]) for row in rows} == {
        ("not_applicable", "merged: 甲局 → 乙局 on 2023-03-01")
    }


def test_only_warnings_are_reasons() -> None:
    prior = printing("both", PRIOR | {"F05 total total": "901.00",
                                      "TEXT three_public_vehicle vehicles_owned": "4"})  # fmt: skip
    pair = {"report_key": THIS.header.report_key, "file_name": "2023.pdf",
            "other_report_key": prior.header.report_key, "other_file_name": "2022.pdf"}  # fmt: skip
    results = check_years(batch([THIS, prior]), pa.Table.from_pylist([pair], schema=PAIR_SCHEMA))
    [(key, [reason])] = year_warnings(results).items()
    assert key == THIS.header.report_key
    assert reason.startswith(
        "Warning: Y-PRIOR (文字所述比上年增减额 = 本年数 − 上年报告所列数): "
        "TEXT gpb_overall yoy_change_amount 50000.00 元 is not 40000.00 元; 2023.pdf ("
    )


def test_a_hard_check_across_years_is_refused() -> None:
    entry = rulebook().year_identities[0].model_dump(by_alias=True)
    with pytest.raises(ValueError, match="severity"):
        Rulebook.model_validate(
            {"identities": [], "rules": [], "year_identities": [entry | {"severity": "H"}]}
        )
    with pytest.raises(ValueError, match=r"belongs into years\.yaml: Y-PRIOR"):
        Rulebook(identities=(Identity.model_validate(entry),), rules=())


@pytest.mark.parametrize(("said_before", "is_stale"), [("1000.00", True), ("1000.01", False)])
def test_a_figure_left_over_from_the_year_before_is_told_as_stale(said_before: str, is_stale: bool) -> None:
    this = printing("stale", {"TEXT overall grand_total": said_before})  # F01 prints 1100.00, before 1000.00
    facts = batch([this, BEFORE])
    pair = {"report_key": this.header.report_key, "file_name": "2023.pdf",
            "other_report_key": BEFORE.header.report_key, "other_file_name": "2022.pdf"}  # fmt: skip
    results = check_batch(batch([this]), only("N01-TOTAL"))
    failed = results.filter(pc.equal(results["status"], "fail"))
    causes, explained = stale_figures(facts, pa.Table.from_pylist([pair], schema=PAIR_SCHEMA), failed)
    assert [row["check_id"] for row in failed.to_pylist()] == ["N01-TOTAL"]
    if not is_stale:
        assert (causes.num_rows, explained) == (0, [])
        return
    [cause] = causes.to_pylist()
    [stated] = [c.claim_no for c in this.claims if said(c) == "TEXT overall grand_total"]
    [before] = [c.cell_no for c in BEFORE.amounts if label(c) == "F01 income grand_total final"]
    assert (cause["hypothesis"], cause["defect"], cause["claim_nos"]) == ("stale_year", "source", [stated])
    assert (cause["printed"], cause["suggested"]) == (["1000.00"], ["1100.00"])
    assert (cause["other_report_key"], cause["other_cell_nos"]) == (BEFORE.header.report_key, [before])
    assert (cause["checks_repaired"], cause["checks_failed"]) == (1, 1)
    assert [row["cause_id"] for row in explained] == [cause["cause_id"]]
