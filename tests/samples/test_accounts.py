"""The figures of the invented departments: what adds up, what follows from the year before."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import pytest

from samples.accounts import EIGHT_FORMS, FISCAL, Items, build, checked
from samples.departments import COLLEGE, PLANNING, WATER, reports_of, zhengzhou_2023
from samples.facts import FormRow, SampleReport, with_amount, without_form
from samples.sample_set import sample_set

INVENTED = [
    pytest.param(report, id=f"{department.file}-{year}-{'exact' if exact else 'fen'}")
    for department in (PLANNING, WATER, COLLEGE)
    for exact in (True, False)
    for year, report in reports_of(department, exact).items()
]


def total(rows: Iterable[FormRow], measure: str) -> Decimal:
    return sum((row.amounts[measure] or Decimal(0) for row in rows), Decimal(0))


def side(report: SampleReport, form: str, name: str) -> list[FormRow]:
    return [row for row in report.forms[form] if row.side == name]


def before(rows: list[FormRow], label: str) -> list[FormRow]:
    return rows[: next(i for i, row in enumerate(rows) if row.item_name == label)]


@pytest.mark.parametrize("report", INVENTED)
def test_both_sides_of_the_summary_close(report):
    income, spent = side(report, "F01", "income"), side(report, "F01", "expenditure")
    at = {(row.side, row.item_name): row.amounts["final"] for row in report.forms["F01"]}
    assert total(before(income, "本年收入合计"), "final") == at["income", "本年收入合计"] > 0
    assert total(before(spent, "本年支出合计"), "final") == at["expenditure", "本年支出合计"] > 0
    assert total(income[-4:-1], "final") == at["income", "总计"]
    assert total(spent[-4:-1], "final") == at["expenditure", "总计"] == at["income", "总计"]


@pytest.mark.parametrize("report", INVENTED)
def test_coded_forms_add_up_by_row_and_by_level(report):
    for form in ("F02", "F03", "F05", "F07", "F08"):
        rows = report.forms.get(form, ())
        if len(rows) < 2:
            continue
        for measure in rows[0].amounts:
            assert rows[0].amounts[measure] == total((r for r in rows if len(r.item_code) == 3), measure)
            for parent in rows:
                deeper = {3: 5, 5: 7}.get(len(parent.item_code))
                children = [
                    r for r in rows if len(r.item_code) == deeper and r.item_code.startswith(parent.item_code)
                ]
                if children:
                    assert parent.amounts[measure] == total(children, measure)
        for row in rows:
            amounts = dict(row.amounts)
            if form in ("F02", "F03", "F05"):
                assert amounts.pop("total") == sum(amounts.values())
            else:
                parts = amounts["expenditure_basic"] + amounts["expenditure_project"]
                assert amounts["expenditure_total"] == parts
                if "income" in amounts:
                    assert (
                        amounts["opening_balance"] + amounts["income"] == parts + amounts["closing_balance"]
                    )


@pytest.mark.parametrize("report", INVENTED)
def test_the_forms_agree_with_each_other(report):
    amount = report.amount
    assert amount("F01", "本年收入合计", "final") == amount("F02", "total", "total")
    assert amount("F01", "本年支出合计", "final") == amount("F03", "total", "total")
    assert amount("F04", "本年收入合计", "final") == amount("F02", "total", "fiscal_appropriation")
    assert amount("F04", "本年支出合计", "general_public_budget") == amount("F05", "total", "total")
    assert amount("F05", "total", "basic") == amount("F06", "personnel_total", "final") + amount(
        "F06", "public_total", "final"
    )
    for form, fund in (("F07", "government_fund"), ("F08", "state_capital")):
        if form in report.forms:
            spent = amount("F04", "本年支出合计", fund, "expenditure")
            assert spent == amount(form, "total", "expenditure_total")
    classes = {row.item_name: row.amounts["total"] for row in report.forms["F03"] if len(row.item_code) == 3}
    stated = {
        row.item_name: row.amounts["final"]
        for row in before(side(report, "F01", "expenditure"), "本年支出合计")
        if row.amounts["final"]
    }
    assert classes == stated


@pytest.mark.parametrize("report", INVENTED)
def test_fiscal_summary_closes_by_row_column_and_fund(report):
    income, spent = side(report, "F04", "income"), side(report, "F04", "expenditure")
    funds = [m for m in spent[0].amounts if m != "total"]
    for row in spent:
        assert row.amounts["total"] == sum(row.amounts[fund] for fund in funds)
    for measure in spent[0].amounts:
        classes, closing, grand = spent[:-3], spent[-2], spent[-1]
        assert total(classes, measure) == spent[-3].amounts[measure]
        assert spent[-3].amounts[measure] + closing.amounts[measure] == grand.amounts[measure]
    received, opened = income[: len(funds)], income[len(funds) + 2 : -1]
    for fund, row, balance in zip(funds, received, opened, strict=True):
        assert row.amounts["final"] + balance.amounts["final"] == spent[-1].amounts[fund]
    assert income[-1].amounts["final"] == spent[-1].amounts["total"]
    own = report.amount("F01", "年末结转和结余", "final") - spent[-2].amounts["total"]
    assert own >= 0


@pytest.mark.parametrize("report", INVENTED)
def test_economic_rows_and_three_public_add_up(report):
    by_code = {row.item_code: row.amounts["final"] for row in report.forms["F06"]}
    for code in ("301", "302", "303", "307", "310", "399"):
        assert by_code[code] == sum(v for c, v in by_code.items() if len(c) == 5 and c.startswith(code))
    assert by_code["personnel_total"] == by_code["301"] + by_code["303"]
    assert by_code["public_total"] == by_code["302"] + by_code["307"] + by_code["310"] + by_code["399"]
    three = report.forms["F09"][0].amounts
    for phase in ("budget", "final"):
        vehicle = three[f"{phase}_vehicle_purchase"] + three[f"{phase}_vehicle_operation"]
        assert three[f"{phase}_vehicle"] == vehicle
        assert three[f"{phase}_total"] == three[f"{phase}_overseas"] + vehicle + three[f"{phase}_reception"]
    assert by_code["30217"] <= three["final_reception"]
    assert by_code["30231"] <= three["final_vehicle_operation"]


@pytest.mark.parametrize("department", [PLANNING, WATER, COLLEGE], ids=lambda d: d.file)
def test_a_year_opens_with_what_the_year_before_left(department):
    reports = reports_of(department)
    consecutive = [(a, b) for a, b in pairwise(sorted(reports)) if b == a + 1]
    assert len(consecutive) >= 2
    for earlier, later in consecutive:
        for form in ("F01", "F04"):
            words = ("年末结转和结余", "年初结转和结余")
            if form == "F04":
                words = ("年末财政拨款结转和结余", "年初财政拨款结转和结余")
                closing = reports[earlier].amount(form, words[0], "total")
            else:
                closing = reports[earlier].amount(form, words[0], "final")
            assert reports[later].amount(form, words[1], "final") == closing
        left = {r.item_code: r.amounts for r in reports[earlier].forms["F07"]}
        for row in reports[later].forms["F07"]:
            if row.item_code in left:
                assert row.amounts["opening_balance"] == left[row.item_code]["closing_balance"]
        prior = reports[later].statements.prior
        assert prior is not None
        assert prior.grand_total == reports[earlier].amount("F01", "总计", "final", "income")


def test_known_totals_of_one_invented_year():
    report = reports_of(PLANNING)[2021]
    assert report.amount("F01", "总计", "final", "income") == Decimal("77182900")
    assert report.amount("F03", "total", "total") == Decimal("74781400")
    assert report.amount("F07", "total", "closing_balance") == Decimal("712500")


def test_eight_forms_before_2020_and_older_class_names():
    report = reports_of(COLLEGE)[2018]
    assert report.template == EIGHT_FORMS.name
    assert "F08" not in report.forms
    names = [row.item_name for row in side(report, "F01", "expenditure")]
    assert "医疗卫生与计划生育支出" in names
    assert "灾害防治及应急管理支出" not in names
    assert len(before(side(report, "F01", "expenditure"), "本年支出合计")) == 23


def test_zhengzhou_figures_are_those_published():
    report = zhengzhou_2023()
    assert {form: len(rows) for form, rows in report.forms.items()} == {
        "F01": 42, "F02": 6, "F03": 6, "F04": 38, "F05": 6, "F06": 83, "F07": 1, "F08": 1, "F09": 1,
    }  # fmt: skip
    assert report.amount("F03", "total", "project") == Decimal("17751800")
    assert report.forms["F01"][1].amounts["final"] is None
    assert report.forms["F04"][1].amounts["final"] == 0


def test_two_samples_are_wrong_on_purpose_and_say_so():
    wrong = {name: report for name, report, _ in sample_set() if name.startswith("含错示例_")}
    altered, missing = (wrong[name] for name in sorted(wrong, key=lambda n: "水务局" in n))
    true = reports_of(PLANNING)[2020]
    cells = [
        (form, row.item_code, measure)
        for form, rows in true.forms.items()
        for row, other in zip(rows, altered.forms[form], strict=True)
        for measure in row.amounts
        if row.amounts[measure] != other.amounts[measure]
    ]
    assert cells == [("F03", "2200109", "project")]
    assert altered.amount(*cells[0]) - true.amount(*cells[0]) == 1_000_000
    assert "F04" in missing.listed
    assert "F04" not in missing.forms


def test_changes_that_change_nothing_are_refused():
    report = reports_of(WATER)[2021]
    same = report.amount("F05", "total", "basic")
    with pytest.raises(ValueError, match="F05 has no row total, or it states"):
        with_amount(report, "F05", "total", "basic", same)
    assert "F05" not in without_form(report, "F05").forms


def test_items_that_cannot_be_true_are_refused():
    items = Items(
        income={("2130301", "general"): Decimal(100)},
        spending={("2130301", "general", "basic"): Decimal(300)},
        economic={},
        opening={},
        three_public={},
        three_public_budget={},
    )
    with pytest.raises(ValueError, match="closing balance of general  is -200"):
        checked(items)
    with pytest.raises(ValueError, match="closing balance of general"):
        build("虚构", "虚构", 2021, items)
    assert items.spent(FISCAL) == 300
