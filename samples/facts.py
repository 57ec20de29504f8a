"""What one sample report states: its forms row by row, and the figures that only its text gives.

Belongs here: the records of one report and small changes to them (one altered figure, one form left out).
Does not: how figures are made consistent (`accounts`) or how they look in print (`layout`, `tables`).

All amounts are in 元. None is a blank cell, zero is a printed zero. Form and measure keys are the canonical
ones of the project's form dictionary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

FORM_TITLES: Mapping[str, str] = {
    "F01": "收入支出决算总表",
    "F02": "收入决算表",
    "F03": "支出决算表",
    "F04": "财政拨款收入支出决算总表",
    "F05": "一般公共预算财政拨款支出决算表",
    "F06": "一般公共预算财政拨款基本支出决算明细表",
    "F07": "政府性基金预算财政拨款收入支出决算表",
    "F08": "国有资本经营预算财政拨款支出决算表",
    "F09": "财政拨款“三公”经费支出决算表",
    "F10": "财政拨款支出决算表",
}


@dataclass(frozen=True)
class FormRow:
    """One labelled row. `side` and `item_code` are empty where the form has none; `amounts` by measure.

    `part` marks a 其中 row: it is contained in the row above and carries no number of its own. `restates`
    marks a row of the third block of F01, which states expenditure again; `printed` is its label where that
    is not its name.
    """

    item_code: str
    item_name: str
    amounts: Mapping[str, Decimal | None]
    side: str = ""
    part: bool = False
    restates: bool = False
    printed: str = ""


@dataclass(frozen=True)
class PriorYear:
    """The figures of the year before that the text compares with, in 元."""

    grand_total: Decimal
    fiscal_grand_total: Decimal
    general_budget: Decimal
    operating: Decimal


@dataclass(frozen=True)
class Statements:
    """Figures that the text gives beside the forms. Amounts in 元, counts as whole numbers.

    `item_budgets` is the budget at the start of the year by functional 项 code; `counts` has vehicles,
    vehicles_bought, overseas_groups, overseas_visitors, reception_groups, reception_visitors;
    `procurement` has goods, works, services.
    """

    item_budgets: Mapping[str, Decimal]
    budget_total: Decimal
    three_public_budget: Mapping[str, Decimal]
    operating: Decimal
    counts: Mapping[str, int]
    procurement: Mapping[str, Decimal]
    prior: PriorYear | None = None


@dataclass(frozen=True)
class SampleReport:
    """One final-account report of an example department.

    `forms` holds the rows in print order by form code; `listed` the forms that the contents list names,
    which differs from `forms` only in a report that is wrong on purpose. `template` names the row set used.
    """

    department: str
    place: str
    fiscal_year: int
    template: str
    forms: Mapping[str, tuple[FormRow, ...]]
    listed: tuple[str, ...]
    statements: Statements
    duties: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def amount(self, form: str, item: str, measure: str, side: str = "") -> Decimal:
        """Return a figure by row code or, where rows have none, by row name; blank counts as zero."""
        for row in self.forms[form]:
            if side in ("", row.side) and item in (row.item_code, row.item_name):
                return row.amounts[measure] or Decimal(0)
        raise KeyError((form, item, measure))


def with_amount(
    report: SampleReport, form: str, item_code: str, measure: str, amount: Decimal
) -> SampleReport:
    """Return the report with one figure replaced, everything else as it was: a deliberate error."""
    rows = [
        replace(row, amounts={**row.amounts, measure: amount}) if row.item_code == item_code else row
        for row in report.forms[form]
    ]
    if tuple(rows) == report.forms[form]:
        raise ValueError(f"{form} has no row {item_code}, or it states {amount} already")
    return replace(report, forms={**report.forms, form: tuple(rows)})


def without_form(report: SampleReport, form: str) -> SampleReport:
    """Return the report with one form left out, though its contents list still names it."""
    return replace(report, forms={code: rows for code, rows in report.forms.items() if code != form})
