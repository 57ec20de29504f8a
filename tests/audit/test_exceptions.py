"""What must not fire (rulebook section 3), and what must not be taken for passed."""

import msgspec
import pytest

from pipeline.audit.engine import check_batch
from tests.audit.facts import Report, amount, batch, example, flag, form, label, only, with_printed

Statuses = dict[str, set[str]]


def statuses(report: Report, *checks: str) -> Statuses:
    """Return the statuses of each check of one report, or of `checks` alone, which is quicker."""
    found: Statuses = {}
    for row in check_batch(batch([report]), only(*checks) if checks else None).to_pylist():
        found.setdefault(row["check_id"], set()).add(row["status"])
    return found


def failures(report: Report, *checks: str) -> set[str]:
    return {check for check, seen in statuses(report, *checks).items() if "fail" in seen}


def without(report: Report, *labels: str) -> Report:
    """Return the report without the cells whose label starts with one of `labels`."""
    kept = tuple(cell for cell in report.amounts if not label(cell).startswith(labels))
    assert len(kept) < len(report.amounts)
    return report._replace(amounts=kept)


def printed(report: Report, changes: dict[str, str | None]) -> Report:
    """Return the report with other numbers in the cells named by label."""
    left = dict(changes)
    cells = [
        with_printed(cell, left.pop(label(cell))) if label(cell) in left else cell for cell in report.amounts
    ]
    assert not left
    return report._replace(amounts=tuple(cells))


def emptied(report: Report, code: str, *, rows: bool) -> Report:
    """Return the report with form `code` declared empty; its cells blank, or not there at all."""
    return report._replace(
        forms=tuple(
            msgspec.structs.replace(f, state="empty") if f.form_code == code else f for f in report.forms
        ),
        amounts=tuple(
            with_printed(cell, None) if cell.form_code == code else cell
            for cell in report.amounts
            if rows or cell.form_code != code
        ),
    )


FUND_ROWS = {
    "F01 income government_fund final": "0.00",
    "F04 income government_fund final": "0.00",
    "F04 income opening_government_fund final": "0.00",
    "F04 expenditure class_212 government_fund": None,
    "F04 expenditure current_expenditure government_fund": "0.00",
    "F04 expenditure closing_balance government_fund": None,
    "F04 expenditure grand_total government_fund": None,
}


@pytest.mark.parametrize("rows", [True, False], ids=["blank rows", "no rows"])
def test_an_empty_fund_form_beside_zero_in_f04(rows: bool) -> None:
    seen = statuses(emptied(printed(example("office"), FUND_ROWS), "F07", rows=rows))
    assert {
        check: seen[check] for check in ("F07-ROW", "F07-HIER", "F07-COL", "F07-COL-LEAF", "X-F04-F07")
    } == {
        check: {"not_applicable"} for check in ("F07-ROW", "F07-HIER", "F07-COL", "F07-COL-LEAF", "X-F04-F07")
    }
    assert "fail" not in seen["F04-ROLL"]


@pytest.mark.parametrize("rows", [True, False], ids=["blank rows", "no rows"])
def test_an_empty_fund_form_beside_amounts_in_f04_fails(rows: bool) -> None:
    assert "X-F04-F07" in failures(emptied(example("office"), "F07", rows=rows), "X-F04-F07")


def test_only_leaves_printed() -> None:
    office = example("office")
    parents = ("201", "20103", "208", "20805", "212", "21201", "21208", "223", "22301")
    bare = office._replace(
        amounts=tuple(
            cell
            for cell in office.amounts
            if not (cell.form_code in ("F02", "F03", "F05") and cell.item_code in parents)
        )
    )
    seen = statuses(bare)
    assert seen["F02-HIER"] == seen["F03-HIER"] == seen["F05-HIER"] == {"not_applicable"}
    assert seen["F03-COL"] == seen["X-F01-F03-CLASS"] == seen["X-F04-F05-CLASS"] == {"exact"}
    assert failures(bare) == set()


def test_the_grand_total_row_of_f05_is_not_printed() -> None:
    bare = without(example("office"), "F05 total ")
    table = check_batch(batch([bare]), only("F05-COL")).to_pylist()
    assert {(row["form_code"], row["severity"], row["status"]) for row in table} == {
        ("F05", "H", "not_evaluable"),
        ("F04", "W", "exact"),
    }
    seen = statuses(bare, "X-F04-F05", "X-F05-F06")
    assert seen["X-F04-F05"] == seen["X-F05-F06"] == {"exact"}
    wrong = printed(bare, {"F05 212 total": "66.00"})
    table = check_batch(batch([wrong]), only("F05-COL")).to_pylist()
    assert {row["status"] for row in table if row["severity"] == "W"} == {"fail"}


def test_one_row_for_the_fiscal_appropriation() -> None:
    """Before FY2019: 财政拨款收入, 其中: 政府性基金. The part is not added."""
    seen = statuses(example("university"), "F01-INC", "X-F01-F02-SRC")
    assert seen["F01-INC"] == seen["X-F01-F02-SRC"] == {"exact"}


def test_a_state_capital_form_with_expenditure_only() -> None:
    office = example("office")
    narrow = office._replace(
        amounts=tuple(
            cell
            for cell in office.amounts
            if not (cell.form_code == "F08" and not cell.measure.startswith("expenditure"))
        )
    )
    seen = statuses(narrow, "F08-ROW", "X-F04-F08")
    assert seen["F08-ROW"] == {"exact"}
    assert seen["X-F04-F08"] <= {"exact", "not_applicable"}


def test_a_template_without_the_state_capital_form() -> None:
    office = example("office")
    older = office._replace(
        forms=tuple(f for f in office.forms if f.form_code != "F08"),
        amounts=tuple(
            cell
            for cell in office.amounts
            if cell.form_code != "F08" and "state_capital" not in (cell.measure, cell.line_item or "")
        ),
    )
    seen = statuses(older, "F08-COL", "X-F04-F08", "L-FORMS")
    assert seen["F08-COL"] == seen["X-F04-F08"] == {"not_applicable"}
    assert seen["L-FORMS"] == {"exact"}


def test_a_missing_form_passes_nothing() -> None:
    office = example("office")
    lost = {"state": "missing", "page_first": None, "page_last": None, "title_printed": None}
    report = office._replace(
        forms=tuple(msgspec.structs.replace(f, **lost) if f.form_code == "F03" else f for f in office.forms),
        amounts=tuple(cell for cell in office.amounts if cell.form_code != "F03"),
    )
    seen = statuses(report)
    about = [check for check in seen if "F03" in check]
    assert len(about) >= 9
    assert {check: seen[check] for check in about} == {check: {"not_evaluable"} for check in about}
    assert "fail" in seen["L-FORMS"]


def test_no_form_at_all_fails() -> None:
    assert failures(example("office")._replace(forms=(), amounts=())) == {"L-FORMS"}


def test_an_empty_first_form_fails() -> None:
    assert "L-FORMS" in failures(emptied(example("office"), "F01", rows=True), "L-FORMS")


def test_the_opening_balance_is_not_broken_down() -> None:
    """The parts left blank as a whole are not evaluable; parts of another sum fail."""
    parts = ("opening_general_public_budget", "opening_government_fund", "opening_state_capital")
    blank = printed(example("office"), {f"F04 income {part} final": None for part in parts})
    assert statuses(blank, "F04-OPEN")["F04-OPEN"] == {"not_evaluable"}
    absent = without(example("office"), *(f"F04 income {part} " for part in parts))
    seen = statuses(absent, "F04-OPEN", "F04-ROLL")
    assert seen["F04-OPEN"] == seen["F04-ROLL"] == {"not_evaluable"}


def test_non_fiscal_money_explains_more_expenditure() -> None:
    seen = statuses(example("office"), "X-F05-F03", "X-F05-F03-EQ")
    assert seen["X-F05-F03"] == {"exact"}
    assert seen["X-F05-F03-EQ"] == {"not_applicable"}


def test_template_lines_of_zero_are_not_looked_for() -> None:
    office = example("office")
    cells = [
        amount(office.header.report_key, 5000 + n, "F07", "2290805", measure, "0.00")
        for n, measure in enumerate(("opening_balance", "income", "expenditure_total", "expenditure_basic",
                                     "expenditure_project", "closing_balance"))
    ]  # fmt: skip
    report = office._replace(amounts=(*office.amounts, *cells))
    seen = statuses(report)
    assert [check for check, found in seen.items() if "fail" in found] == []
    assert "not_evaluable" not in seen["X-F05-F03"]


def test_other_income_may_be_negative() -> None:
    changes: dict[str, str | None] = {"F01 income other final": "-2.00", "F02 2010301 other": "-2.00"}
    assert statuses(printed(example("office"), changes), "SIGN")["SIGN"] == {"exact"}


@pytest.mark.parametrize("kind", ["budget", "blank_template", "not_a_report"])
def test_other_kinds_are_not_checked(kind: str) -> None:
    office = example("office")
    other = office._replace(header=msgspec.structs.replace(office.header, report_kind=kind))
    assert check_batch(batch([other])).num_rows == 0


def reading_results(report: Report) -> list[tuple[str, int, str]]:
    """Return status, confirmed amounts and message of each result on the two readings."""
    rows = check_batch(batch([report]), only("reading_conflict")).to_pylist()
    return [(row["status"], row["terms"], row["message"]) for row in rows]


def read_by(report: Report, way: str, first: int) -> Report:
    """Return the report with all amounts from number `first` on read in another way."""
    cells = [msgspec.structs.replace(cell, reading=way) for cell in report.amounts[first:]]
    return report._replace(amounts=(*report.amounts[:first], *cells))


def test_the_number_of_amounts_confirmed_twice_is_told() -> None:
    office = example("office")
    printed = sum(cell.amount_printed is not None for cell in office.amounts)
    assert reading_results(office) == [("exact", printed, f"{printed} amounts were read twice alike")]
    [(status, terms, message)] = reading_results(office.with_second(0, "901.00"))
    assert (status, terms) == ("fail", printed - 1)
    assert message.endswith(f"; {printed - 1} of {printed} amounts were confirmed")


@pytest.mark.parametrize("way", ["sheet", "word", "html", "ocr"])
def test_other_ways_of_reading_read_once(way: str) -> None:
    [(status, terms, message)] = reading_results(read_by(example("office"), way, 0))
    assert (status, terms) == ("not_applicable", 0)
    assert message == "no amount was read twice: this kind of file has one reading only"


def test_a_report_read_twice_in_part_is_not_confirmed() -> None:
    office = example("office")
    part = read_by(office, "ocr", 5)
    [(status, terms, message)] = reading_results(part)
    once = sum(cell.amount_printed is not None for cell in office.amounts[5:])
    assert (status, terms) == ("not_evaluable", 5)
    assert message == f"{once} of {once + 5} amounts were read once only"


def test_differences_outside_the_forms_fail_nothing() -> None:
    office = example("office")
    outside = office._replace(flags=(flag(office.header.report_key, "differs", None, "3.00"),))
    assert [status for status, _, _ in reading_results(outside)] == ["exact"]


def test_cells_and_pages_are_named_reported_first() -> None:
    wrong = printed(example("office"), {"F05 total total": "906.00"})
    [row] = [row for row in check_batch(batch([wrong])).to_pylist() if row["check_id"] == "X-F04-F05"]
    named = [label(wrong.amounts[number - 1]) for number in row["cell_nos"]]
    assert named == ["F04 expenditure current_expenditure general_public_budget", "F05 total total"]
    assert (row["page"], row["pages"], row["terms"]) == (4, [4, 5], 2)


def test_a_report_is_checked_the_same_alone_and_among_others() -> None:
    def results(*names: str) -> list[dict[str, object]]:
        return sorted(check_batch(batch(map(example, names))).to_pylist(), key=str)

    together = results("office", "university")
    assert together == sorted(results("office") + results("university"), key=str)


def test_a_form_outside_the_template_is_still_checked() -> None:
    office = example("office")
    extra = form(office.header.report_key, "F10", listed=False, required=False)
    report = office._replace(
        forms=(*office.forms, extra),
        amounts=(
            *office.amounts,
            *(
                amount(office.header.report_key, 6000 + n, "F10", row, measure, value)
                for n, (row, measure, value) in enumerate(
                    (row, measure, value)
                    for row in ("total", "2080501")
                    for measure, value in (("total", "5.00"), ("basic", "3.00"), ("project", "3.00"))
                )
            ),
        ),
    )
    assert failures(report, "F10-ROW") == {"F10-ROW"}
