"""The words of the forms: titles, header words by measure, notes below a form.

Belongs here: statutory words, which are the same for every report, and our own notes. Does not: which of them
a layout prints (`tables`).
"""

from collections.abc import Mapping

# measure to header words, from the top row down; a word repeated from one row to the next is one tall cell
MEASURE_HEADS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "F02": {
        "total": ("本年收入合计",),
        "fiscal_appropriation": ("财政拨款收入",),
        "superior_subsidy": ("上级补助收入",),
        "institutional": ("事业收入",),
        "institutional_education_fees": ("事业收入", "其中：教育收费"),
        "operating": ("经营收入",),
        "subordinate_remittance": ("附属单位上缴收入",),
        "other": ("其他收入",),
    },
    "F03": {
        "total": ("本年支出合计",),
        "basic": ("基本支出",),
        "project": ("项目支出",),
        "remitted_to_superior": ("上缴上级支出",),
        "operating": ("经营支出",),
        "subsidy_to_subordinate": ("对附属单位补助支出",),
    },
    "F05": {
        "total": ("本年支出", "小计"),
        "basic": ("本年支出", "基本支出"),
        "project": ("本年支出", "项目支出"),
    },
    "F10": {
        "total": ("本年支出合计",),
        "basic": ("基本支出",),
        "project": ("项目支出", "小计"),
        "project_capital_construction": ("项目支出", "其中：基本建设资金支出"),
    },
    "F07": {
        "opening_balance": ("年初结转和结余",),
        "income": ("本年收入",),
        "expenditure_total": ("本年支出", "小计"),
        "expenditure_basic": ("本年支出", "基本支出"),
        "expenditure_project": ("本年支出", "项目支出"),
        "closing_balance": ("年末结转和结余",),
    },
    "F08": {
        "opening_balance": ("年初结转和结余",),
        "income": ("本年收入",),
        "expenditure_total": ("本年支出", "合计"),
        "expenditure_basic": ("本年支出", "基本支出"),
        "expenditure_project": ("本年支出", "项目支出"),
        "closing_balance": ("年末结转和结余",),
    },
    "F04": {
        "final": ("金额",),
        "total": ("合计",),
        "general_public_budget": ("一般公共预算财政拨款",),
        "government_fund": ("政府性基金预算财政拨款",),
        "state_capital": ("国有资本经营预算财政拨款",),
    },
}
THREE_PUBLIC_HEADS: Mapping[str, tuple[str, ...]] = {
    "total": ("合计",),
    "overseas": ("因公出国（境）费",),
    "vehicle": ("公务用车购置及运行维护费", "小计"),
    "vehicle_purchase": ("公务用车购置及运行维护费", "公务用车购置费"),
    "vehicle_operation": ("公务用车购置及运行维护费", "公务用车运行维护费"),
    "reception": ("公务接待费",),
    "meeting": ("会议费",),
    "training": ("培训费",),
}
THREE_PUBLIC_LINES: Mapping[str, str] = {
    "total": "“三公”经费合计",
    "overseas": "1.因公出国（境）费",
    "vehicle": "2.公务用车购置及运行维护费",
    "vehicle_purchase": "（1）公务用车购置费",
    "vehicle_operation": "（2）公务用车运行维护费",
    "reception": "3.公务接待费",
    "meeting": "会议费",
    "training": "培训费",
}
NOTES: Mapping[str, str] = {
    "F01": "注：本表列示本部门全年的收入、支出总额和年末结存。",
    "F02": "注：本表按功能科目列示本部门全年取得的收入。",
    "F03": "注：本表按功能科目列示本部门全年发生的支出。",
    "F04": "注：本表列示三类财政拨款全年的收入、支出和结存。",
    "F05": "注：本表按功能科目列示一般公共预算财政拨款的支出。",
    "F06": "注：本表按经济科目列示一般公共预算财政拨款的基本支出。",
    "F07": "注：本表列示政府性基金预算财政拨款的收支和结存。",
    "F08": "注：本表列示国有资本经营预算财政拨款的使用情况。",
    "F10": "注：本表按功能科目列示财政拨款的支出。",
    "F09": "注：本表对照列示“三公”经费的预算数和决算数，预算数为调整后的全年数。",
}
EMPTY_NOTES: Mapping[str, str] = {
    "F07": "说明：本部门本年度没有政府性基金预算财政拨款的收入和支出，本表为空表。",
    "F08": "说明：本部门本年度没有国有资本经营预算财政拨款的收入和支出，本表为空表。",
}
