"""What a report says about itself: when it is wrong, when that is hard, and what must not fire."""

from typing import Any

import msgspec
import pytest

from pipeline.audit.labels import check_labels
from pipeline.audit.results import CHECK_SCHEMA
from pipeline.audit.rulebook import rulebook
from pipeline.facts import Label, NarrativeClaim, ReportedAmount
from pipeline.read.files import read_file
from pipeline.stages import facts_of
from tests.audit.facts import Report, amount, batch, claim, form, header, words
from tests.forms.test_reports import SHARED, needs_reports

FULL = "上海市普陀区规划和自然资源局"


def told(report: Report, check: str) -> list[dict[str, Any]]:
    """Return the results of one check."""
    own = [entry for entry in rulebook().labels if entry.id == check]
    table = check_labels(batch([report]), own)
    assert table.schema == CHECK_SCHEMA
    return table.to_pylist()


def outcome(report: Report, check: str) -> list[tuple[str, str]]:
    return [(row["severity"], row["status"]) for row in told(report, check)]


def report(*labels: Label, name: str = "示例局", year: int = 2023, **parts: Any) -> Report:
    numbered = tuple(
        msgspec.structs.replace(label, report_key="report", label_no=number)
        for number, label in enumerate(labels, 1)
    )
    head = msgspec.structs.replace(header("report", year), department_name=name)
    whole = {"forms": (), "amounts": (), "claims": (), **parts}
    return Report(head, whole["forms"], whole["amounts"], whole["claims"], labels=numbered)


def captions(*years: str) -> list[Label]:
    return [
        words(number, "caption", f"F0{number}", f"{year}年度", year) for number, year in enumerate(years, 1)
    ]


COVER = words(1, "cover", "", "示例局2023年度部门决算", "2023", "示例局")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([COVER, *captions("2023", "2023", "2023")], [("W", "exact")]),
        ([COVER, *captions("2022", "2022", "2022")], [("H", "fail")]),
        ([COVER, *captions("2022", "2022")], [("W", "fail")]),  # two forms may be left over
        ([COVER, *captions("2022", "2022", "2022", "2023")], [("W", "fail")]),
        (captions("2022", "2022", "2022"), [("W", "fail")]),  # no cover to contradict
        ([words(1, "heading", "", "一、收入决算情况说明")], [("W", "not_applicable")]),
    ],
)
def test_another_year_is_hard_only_where_it_is_certain(
    labels: list[Label], expected: list[tuple[str, str]]
) -> None:
    assert outcome(report(*labels), "L-YEAR") == expected


@pytest.mark.parametrize(
    ("place", "name", "status"),
    [
        ("heading", FULL, "exact"),
        ("heading", "普陀区规划和自然资源局", "exact"),
        ("heading", "规划和自然资源局", "exact"),
        ("heading", "上海市规划和自然资源局", "fail"),
        ("caption", "自然资源局", "fail"),
        ("caption", "某某市教育局", "fail"),
        ("narrative", "上海市普陀区规划与自然资源局", "fail"),
        ("narrative", "上海市城市建设档案馆", "exact"),  # another body
    ],
)
def test_names(place: str, name: str, status: str) -> None:
    found = outcome(report(words(1, place, "F01", name, "", name), name=FULL), "L-DEPT")
    assert found == [("W", status)]


@pytest.mark.parametrize(
    ("printed", "full"),
    [
        ("虚构区示例街道办事处", "虚构区人民政府示例街道办事处"),
        ("示例街道", "虚构区人民政府示例街道办事处"),
        ("虚构市发改委", "虚构市发展和改革委员会"),
        ("创新协同中心", "郑州高新技术产业开发区管委会创新协同中心"),
        ("虚构开发区管理委员会示例中心", "虚构开发区管委会示例中心"),
    ],
)
def test_aliases(printed: str, full: str) -> None:
    assert outcome(report(words(1, "caption", "F01", "", "", printed), name=full), "L-DEPT") == [
        ("W", "exact")
    ]


def test_contents_may_word_a_title_a_little_differently() -> None:
    labels = [
        words(1, "contents", "", "第一部分示例局概况"),
        words(2, "contents", "", "一、收入支出决算总表"),
        words(3, "contents", "", "十一、其他重要事项说明"),
        words(4, "heading", "", "第一部分示例局概况"),
        words(5, "heading", "", "十一、其他重要事项的情况说明"),
    ]
    own = report(*labels, forms=(form("report", "F01", title_printed="收入支出决算总表"),))
    assert outcome(own, "L-TOC") == [("W", "exact")]
    without = report(*labels)
    (row,) = told(without, "L-TOC")
    assert (row["status"], row["page"]) == ("fail", 2)
    assert "一、收入支出决算总表" in row["message"]


def empty(code: str, note: str | None = None) -> Any:
    return form("report", code, state="empty", note_printed=note)


def test_a_blank_form_without_a_word_about_it() -> None:
    assert outcome(report(forms=(empty("F07"),)), "L-EMPTYFORM") == [("W", "fail")]
    assert outcome(report(forms=(empty("F07", "本表无数据"),)), "L-EMPTYFORM") == [("W", "exact")]
    sentence = words(1, "narrative", "government_fund", "本单位无政府性基金预算财政拨款收支。")
    assert outcome(report(sentence, forms=(empty("F07"),)), "L-EMPTYFORM") == [("W", "exact")]


SPENT = (amount("report", 1, "F07", "2120801", "expenditure_total", "62.00"),)
STATED = (claim("report", 1, "government_fund", "final", "", "62.00", "万元"),)


@pytest.mark.parametrize(
    ("sentence", "amounts", "claims", "status"),
    [
        ("2023年度没有政府性基金收入，也没有使用政府性基金安排的支出。", (), (), "exact"),
        ("本单位无政府性基金收入，也没有政府性基金支出。", (), (), "exact"),
        ("2023年度政府性基金收入，也没有使用政府性基金安排的支出。", (), (), "fail"),
        ("2023年度使用政府性基金安排的支出。", (), (), "fail"),
        ("2023年度没有政府性基金收支。", SPENT, (), "fail"),
        ("2023年度政府性基金支出62.00万元。", SPENT, STATED, "exact"),
        ("2023年度政府性基金支出62.00万元，年末没有结转。", SPENT, STATED, "exact"),
        ("2023年度政府性基金支出62.00万元。", (), STATED, "fail"),
    ],
)
def test_nothing_is_said_where_nothing_is_shown(
    sentence: str, amounts: tuple[ReportedAmount, ...], claims: tuple[NarrativeClaim, ...], status: str
) -> None:
    shown = form("report", "F07") if amounts else empty("F07", "本表无数据")
    own = report(
        words(1, "narrative", "government_fund", sentence), forms=(shown,), amounts=amounts, claims=claims
    )
    assert outcome(own, "N07-NONE") == [("W", status)]


def test_a_missing_form_is_not_taken_for_an_empty_one() -> None:
    own = report(words(1, "narrative", "government_fund", "2023年度没有政府性基金收支。"))
    assert outcome(own, "N07-NONE") == [("W", "not_evaluable")]


def totals(unit: str, *stated: str) -> Report:
    cells = (
        amount("report", 1, "F01", "grand_total", "final", "9859.38", "income", unit=unit),
        amount("report", 2, "F04", "grand_total", "final", "9746.50", "income", unit=unit),
    )
    sections = ("overall", "fiscal_overall")
    claims = tuple(
        claim("report", number, section, "grand_total", "", printed, "万元")
        for number, (section, printed) in enumerate(zip(sections, stated, strict=False), 1)
    )
    return report(amounts=cells, claims=claims)


@pytest.mark.parametrize(
    ("unit", "stated", "expected"),
    [
        ("万元", ["9859.38", "9746.50"], [("H", "exact")]),
        ("万元", ["9800.00", "9746.50"], [("H", "exact")]),  # N01 tells another total
        ("元", ["9859.38", "9746.50"], [("H", "fail"), ("H", "fail")]),
        ("元", ["9859.38"], [("W", "fail")]),  # one total is no proof
        ("万元", ["0.985938", "9746.50"], [("W", "fail")]),  # a slip of one sentence
        ("万元", [], [("H", "not_applicable")]),
    ],
)
def test_another_unit_is_hard_only_where_it_is_certain(
    unit: str, stated: list[str], expected: list[tuple[str, str]]
) -> None:
    assert outcome(totals(unit, *stated), "L-UNIT") == expected


@pytest.mark.parametrize(
    ("code", "name", "year", "expected"),
    [
        ("207", "文化体育与传媒支出", 2018, [("W", "exact")]),
        ("207", "文化体育与传媒支出", 2019, [("W", "fail")]),
        ("207", "文化旅游体育与传媒支出", 2018, [("W", "fail")]),
        ("20805", "行政事业单位养老支出", 2023, [("W", "exact")]),
        ("20805", "行政事业单位离退休", 2019, [("W", "not_evaluable")]),  # the table is of 2023 on
        ("20805", "行政事业单位离退休", 2023, [("W", "fail")]),
        ("20101", "人大工作", 2024, [("I", "fail")]),  # one document alone has that code
        ("2050602", "来华留学教育", 2023, [("W", "not_evaluable")]),  # not in the table
    ],
)
def test_names_of_codes(code: str, name: str, year: int, expected: list[tuple[str, str]]) -> None:
    cell = msgspec.structs.replace(amount("report", 1, "F05", code, "total", "1.00"), item_name=name)
    assert outcome(report(year=year, amounts=(cell,)), "Y-CODE") == expected


def test_a_name_of_the_narrative_is_told_by_its_amount() -> None:
    row = msgspec.structs.replace(
        amount("report", 1, "F05", "2200199", "total", "45.00"), item_name="其他自然资源事务支出"
    )
    stated = msgspec.structs.replace(
        claim("report", 1, "gpb_detail", "final", "", "45.00", "万元"),
        subject="自然资源海洋气象等支出/自然资源事务/其他国土资源事务支出",
    )
    failed = [x for x in told(report(amounts=(row,), claims=(stated,)), "Y-CODE") if x["status"] == "fail"]
    assert [(x["subject"], x["pages"], x["claim_nos"]) for x in failed] == [("2200199", [20, 5], [1])]
    twice = (row, msgspec.structs.replace(row, item_code="2200106", cell_no=2))
    assert "fail" not in {s for _, s in outcome(report(amounts=twice, claims=(stated,)), "Y-CODE")[1:]}


@pytest.mark.parametrize(
    ("listed", "status"),
    [
        ("基本工资、退休费", "exact"),
        ("基本工资、退休费用等", "exact"),
        ("基本工资等", "exact"),  # not all are named
        ("基本工资", "fail"),
        ("基本工资、退休费、奖金", "fail"),
    ],
)
def test_names_listed_as_basic_expenditure(listed: str, status: str) -> None:
    cells = tuple(
        msgspec.structs.replace(amount("report", number, "F06", code, "final", printed), item_name=name)
        for number, (code, name, printed) in enumerate(
            [("30101", "基本工资", "4.00"), ("30103", "奖金", ""), ("30302", "退休费", "2.00")], 1
        )
    )
    sentence = f"其中：人员经费6.00万元，主要包括：{listed}；公用经费0.00万元。"
    stated = (claim("report", 1, "gpb_basic", "personnel", "", "6.00", "万元", sentence),)
    assert outcome(report(amounts=cells, claims=stated), "N06-LIST") == [("I", status)]


@needs_reports
@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "findings"),
    [
        (
            "seed2023.pdf",
            [
                ("L-TOC", "W", "heading", [28]),
                ("N08-NONE", "W", None, [22, 18]),
                ("Y-CODE", "W", "2060499", [9, 10, 14]),
                ("Y-CODE", "W", "20604", [21]),
            ],
        ),
        (
            "f2546b57.pdf",
            [
                ("L-DEPT", "W", "heading", [7]),
                ("L-DEPT", "W", "narrative", [26]),
                ("Y-CODE", "W", "2080599", [22, 14]),
                ("Y-CODE", "W", "2200199", [24, 14]),
                ("Y-CODE", "W", "22102", [24]),
                ("N06-LIST", "I", "personnel", [16, 24]),
                ("N06-LIST", "I", "public", [16, 24]),
            ],
        ),
        ("3bffe247.pdf", []),
        ("86287b24.pdf", []),
    ],
)
def test_the_true_findings_of_real_reports_and_no_others(
    file: str, findings: list[tuple[str, str, str | None, list[int]]]
) -> None:
    tables = facts_of(read_file(SHARED / "corpus" / file, max_pages=100)).tables()
    rows = check_labels(tables, rulebook().labels).to_pylist()
    failed = [row for row in rows if row["status"] == "fail"]
    assert [(x["check_id"], x["severity"], x["subject"], x["pages"]) for x in failed] == findings
