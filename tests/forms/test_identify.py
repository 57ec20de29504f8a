"""What a file is: kind, department, scope, fiscal year, as covers, captions and headings print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import ReportHeader
from pipeline.forms.department import department, scope
from pipeline.forms.extract import extract_facts
from pipeline.forms.find import find_forms
from pipeline.forms.identify import fiscal_year
from pipeline.forms.outline import Outline, outline
from pipeline.read.document import Page
from tests.forms.drawing import document, grid, page

F02_HEAD = (
    "项目|<|本年收入合计|财政拨款收入|上级补助收入|其他收入",
    "功能分类科目编码|科目名称|^|^|^|^",
)
F03_HEAD = ("项目|<|本年支出合计|基本支出|项目支出|经营支出", "功能分类科目编码|科目名称|^|^|^|^")
F05_HEAD = ("项目|<|本年支出合计|基本支出|项目支出", "功能分类科目编码|科目名称|^|^|^")


def forms(caption: str = "单位：万元", amount: str = "5.00", number: int = 7) -> Page:
    """Return a page with three forms: F02, F03 and F05."""
    total = f"合计|<|{amount}|{amount}|{amount}"
    return page(
        number,
        *("收入决算表", caption, grid(*F02_HEAD, f"{total}|{amount}")),
        *("支出决算表", caption, grid(*F03_HEAD, f"{total}|{amount}")),
        *("一般公共预算财政拨款支出决算表", caption, grid(*F05_HEAD, total)),
    )


def outlined(*pages: Page) -> Outline:
    pages_ = document(*pages)
    return outline(pages_, find_forms(pages_))


def header(*pages: Page) -> ReportHeader:
    return extract_facts(document(*pages)).header


# The department --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cover", "name"),
    [
        (["某某市教育局", "2021年度部门决算"], "某某市教育局"),
        (["2023年度某某市教育局部门决算公开"], "某某市教育局"),
        (["2019年", "某某市教育局", "部门", "决算"], "某某市教育局"),
        (["河南省", "教育厅", "2023年度部门决算"], "河南省教育厅"),
        (["附件2：", "某某省财政厅（本级）2022年决算"], "某某省财政厅"),
        (["附件2：某某省财政厅（本级）2022年决算"], "某某省财政厅"),
        (["某某市公安局机关本级", "二〇二三年度部门决算"], "某某市公安局"),
        (["2023年度部门决算", "某某市教育局", "2024年9月"], "某某市教育局"),
        (["佛山市", "佛山市教育局", "2023年度部门决算公开"], "佛山市教育局"),
        (["佛山市", "2023年度市级部门决算", "佛山市教育局"], "佛山市教育局"),
        (["上海市2023年市级单位决算", "决算单位：上海市示例研究院"], "上海市示例研究院"),
        (["部门名称：某某市教育局", "2023年度部门决算报表"], "某某市教育局"),
        (["（2021年度）", "某某市教育局", "关于部门决算公开的说明"], "某某市教育局"),
        (["关于某某市教育局2023年度部门决算的公开说明"], "某某市教育局"),
        (["某某市教育局2023年部门预算及2022年部门决算公开"], "某某市教育局"),
        (["某某市教育局2023年度部门（单位）决算"], "某某市教育局"),
        (["某某市预算评审中心2023年度单位决算"], "某某市预算评审中心"),
        (["某某县示例镇人民政府2023年度部门决算"], "某某县示例镇人民政府"),
        (["某某市人民政府办公室（汇总）", "2023年度部门决算"], "某某市人民政府办公室"),
        (["中国（某某）示例管理委员会", "2023年度部门决算"], "中国（某某）示例管理委员会"),
        (["公开时间：2024年9月12日", "某某市财政局2023年度部门决算"], "某某市财政局"),
        ([".", "某某市信访局（本级）", "2023年度部门决算公开", "初审：王五", "终审：赵六"], "某某市信访局"),
        (["某 某 大 学", "2023年度部门决算", "2024年8月"], "某某大学"),
        (["某某市执法局（某某市城市管理局） 2021年度部门决算"], "某某市执法局（某某市城市管理局）"),
        (["某某市第二中学2020年度决算公开说明"], "某某市第二中学"),
        (["某某市公安局示例区分局2019年决算公开报告"], "某某市公安局示例区分局"),
        (["2023年度部门决算公开（某某市教育局）"], "某某市教育局"),
        # web pages: lines around the text, the title twice
        (
            [
                *(
                    "欢迎访问某某市人民政府网站",
                    "首页 > 政务公开 > 财政信息",
                    "索引号 123-456 发布机构 某某市政府办公室",
                ),
                *("某某县第二中学2020年度部门决算", "发布单位：某某县政府办公室 字体：大 中 小"),
                "某某县第二中学2020年度部门决算",
            ],
            "某某县第二中学",
        ),
        (["中国人民政治协商会议某某市委员会", "2023年度部门决算"], "中国人民政治协商会议某某市委员会"),
        (["某某市文联2023年度部门决算"], "某某市文联"),
        (["某某市示例乐坊2023年度单位决算"], "某某市示例乐坊"),  # ends like no name known
        (["2023年度部门决算"], None),
        (["佛山市2023年度部门决算"], None),
    ],
)
def test_the_department_as_covers_print_it(cover: list[str], name: str | None) -> None:
    assert department(outlined(page(1, *cover), page(2, "目录"))).name == name


@pytest.mark.parametrize(
    "caption",
    [
        "部门：某某市教育局",
        "部门：某某市教育局 单位：万元",
        "编制单位：某某市教育局 2021年度 金额单位：元",
        "公开部门：[101]某某市教育局",
        "部门编码及名称：101-某某市教育局",
        "部门：001001-某某市教育局 金额单位：万元",
        "101001-某某市教育局 单位：万元",
        "部门(单位)名称：某某市教育局 公开03表",
        "填报单位（盖章）：某某市教育局 单位：万元",
        "单位名称：某某市教育局（本级） 金额单位：万元",
    ],
)
def test_the_department_as_captions_print_it(caption: str) -> None:
    assert department(outlined(page(1, "2021年度部门决算"), forms(caption))).name == "某某市教育局"


@pytest.mark.parametrize(
    "lines",
    [
        ["第一部分 某某市教育局概况", "一、主要职责"],
        ["第一部分 某某市教育", "局概况", "一、主要职责"],
        ["第一部分 部门概况", "第二部分 某某市教育局2023年度部门决算表"],
        ["某某市教育局2023年度部门决算公开", "一、部门概况"],
        ["一、某某市教育局主要职能"],
        ["某某市教育局2023年度收入总计5.00万元，与上年相比增加。"],
    ],
)
def test_the_department_where_only_headings_or_text_name_it(lines: list[str]) -> None:
    assert department(outlined(page(1, "目录"), page(2, *lines), forms())).name == "某某市教育局"


@pytest.mark.parametrize(
    ("cover", "heading", "caption", "name"),
    [
        # a heading left over, a short form in a heading
        ("某某市示例区教育局", "某某市教育局", "单位：万元", "某某市示例区教育局"),
        ("某某市发展和改革委员会", "某某市发改委", "单位：万元", "某某市发展和改革委员会"),
        # the cover is short, the captions are full, and the other way round
        ("示例区教育局", "示例区教育局", "部门：某某市示例区教育局", "某某市示例区教育局"),
        ("某某市示例区教育局", "示例区教育局", "部门：示例区教育局", "某某市示例区教育局"),
        # captions cut short
        (
            "某某市管委会创新协同中心",
            "某某市管委会创新协同中心",
            "部门：某某市管委会创新协同",
            "某某市管委会创新协同中心",
        ),
        # somebody else's captions; the superior before the unit
        ("佛山市示例学校", "佛山市示例学校", "部门：佛山市教育局", "佛山市示例学校"),
        ("佛山市教育局佛山市示例学校", "佛山市示例学校", "部门：佛山市示例学校", "佛山市示例学校"),
    ],
)
def test_the_full_name_is_chosen_by_evidence(cover: str, heading: str, caption: str, name: str) -> None:
    pages = (page(1, cover, "2023年度部门决算"), page(2, f"第一部分 {heading}概况"), forms(caption))
    assert department(outlined(*pages)).name == name


def test_a_longer_name_in_one_sentence_does_not_replace_the_name() -> None:
    sentence = "纳入某某市教育局2023年度部门决算编制范围的单位共3个。"
    pages = (page(1, "某某市教育局", "2023年度部门决算"), page(2, sentence), forms("部门：某某市教育局"))
    assert department(outlined(*pages)).name == "某某市教育局"


def test_what_decided_the_name_is_told() -> None:
    pages = (
        page(1, "上海市示例区规划局", "2023年度部门决算"),
        page(2, "第二部分 上海市规划局2023年度部门决算表"),
        forms("部门：上海市示例区规划局"),
    )
    assert department(outlined(*pages)).reason == "cover, captions; also printed: 上海市规划局 (headings)"


def test_a_cover_over_two_pages() -> None:
    pages = (page(1, "2022年度"), page(2, "某某市教育局", "部门决算"), page(3, "目录"))
    assert (department(outlined(*pages)).name, fiscal_year(outlined(*pages))) == ("某某市教育局", 2022)


def test_the_name_in_a_table_on_the_cover() -> None:
    cover = page(1, "2023年度部门决算报表", grid("单位名称|某某市教育局", "单位负责人|王五"))
    assert department(outlined(cover, forms())).name == "某某市教育局"


@given(st.data())
def test_a_name_split_over_lines_is_the_same_name(data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(
            [
                "上海市普陀区规划和自然资源局",
                "郑州高新技术产业开发区管委会创新协同中心",
                "河南省公安厅交通管理局",
            ]
        )
    )
    title = f"{name}2023年度部门决算"
    between = [at for at in range(1, len(title)) if not title[at - 1 : at + 1].isdigit()]
    cuts = sorted(data.draw(st.sets(st.sampled_from(between), max_size=4)))
    lines = [title[a:b] for a, b in zip([0, *cuts], [*cuts, len(title)], strict=True)]
    parts = outlined(page(1, *lines), page(2, "目录"))
    assert (department(parts).name, fiscal_year(parts), scope(parts)) == (name, 2023, "department")


# Scope -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        (["某某市教育局2023年度部门决算"], "department"),
        (["某某市教育局", "2023年度部门汇总决算"], "department"),
        (["某某市第一中学2023年度单位决算"], "unit"),
        (["某某市教育局（本级）2023年度部门决算"], "unit"),
        (["某某市教育局（本", "级）2023年度部门决算"], "unit"),
        (["某某市教育局本级2023年决算"], "unit"),
        (["某某市教育局2023年度部门（单位）决算"], None),
        (["某某市教育局2023年度决算"], None),
        (["2023年市级单位决算", "决算单位：某某市研究院"], "unit"),
    ],
)
def test_the_scope_as_covers_print_it(cover: list[str], expected: str | None) -> None:
    assert scope(outlined(page(1, *cover), page(2, "目录"))) == expected


def test_the_scope_as_captions_and_headings_say_it() -> None:
    heading = page(2, "第二部分 2023年度单位决算表")
    assert scope(outlined(page(1, "目录"), heading, forms())) == "unit"
    assert scope(outlined(page(1, "目录"), forms("部门：某某市教育局（本级）"))) == "unit"
    assert scope(outlined(page(1, "某某市教育局"), forms("部门：某某市教育局"))) is None


# Fiscal year -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cover", "year"),
    [
        (["某某市教育局", "2021年度部门决算"], 2021),
        (["某某市教育局部门决算公开", "（2021年度）"], 2021),
        (["某某市教育局部门决算公开", "2021年度", "2022年9月"], 2021),
        (["二○二○年度", "某某市教育局部门决算"], 2020),
        (["某某市教育局", "二O二O年度部门决算"], 2020),
        (["2 0 2 1 年 度 部 门 决 算"], 2021),
        (["某某市教育局2019年度单位决算公开说明", "2020年9月"], 2019),
        (["某某市教育局2023年部门预算及2022年部门决算公开"], 2022),
        (["某某市教育局", "2023年部门决算及2024年部门预算"], 2023),
        (["某某大学2023年度部门决算", "2024年8月"], 2023),
        (["二〇二四年九月", "某某大学部门决算", "2023年度"], 2023),
        (["2024年8月公布", "某某市教育局2023年度部门决算"], 2023),
        (["2024年9月12日", "某某市教育局", "2023年度", "部门决算"], 2023),
        (["某某市教育局部门决算"], None),
    ],
)
def test_the_fiscal_year_as_covers_print_it(cover: list[str], year: int) -> None:
    assert fiscal_year(outlined(page(1, *cover))) == year


def test_the_fiscal_year_where_only_captions_say_it() -> None:
    assert fiscal_year(outlined(page(1, "目录"), forms("编制单位：某某市教育局 2022年度 单位：元"))) == 2022


def test_a_comparison_with_the_year_before_is_not_the_fiscal_year() -> None:
    text = "某某局2023年度收入决算5.00万元，与2022年度收入决算相比增加。"
    assert fiscal_year(outlined(page(1, "目录"), page(2, "第三部分 2023年度部门决算情况说明", text))) == 2023


# Kind ------------------------------------------------------------------------------------------------------

CONTENTS = ("目 录", "一、收入支出决算总表", "二、收入决算表", "三、支出决算表", "第三部分 决算情况说明")


def test_three_forms_make_a_final_account() -> None:
    found = header(page(1, "某某市教育局2023年度部门决算"), forms("部门：某某市教育局 单位：万元"))
    assert (found.report_kind, found.department_name, found.fiscal_year, found.scope) == (
        "final_account",
        "某某市教育局",
        2023,
        "department",
    )
    assert found.kind_reason == "收入决算表; 支出决算表; 一般公共预算财政拨款支出决算表"


def test_forms_that_could_not_be_read_do_not_make_another_kind() -> None:
    found = header(
        page(1, "某某市教育局2023年度部门决算"), page(2, *CONTENTS), Page(3, 595, 842, "none", 1, (), ())
    )
    assert found.report_kind == "final_account"
    assert found.kind_reason == "contents list: 一、收入支出决算总表; 二、收入决算表; 三、支出决算表"


def test_a_cover_that_is_a_picture() -> None:
    cover = Page(1, 595, 842, "none", 1, (), ())
    found = header(cover, page(2, *CONTENTS), page(3, "第一部分 某某市教育局概况"), forms())
    assert (found.report_kind, found.department_name) == ("final_account", "某某市教育局")


def test_one_long_page_without_a_cover_of_its_own() -> None:
    found = header(
        page(
            1,
            *("某某市教育局", "2023年度部门决算", *CONTENTS),
            *("第一部分 某某市教育局概况", "一、主要职责", "负责全市教育工作。"),
            *("收入决算表", "单位：万元", grid(*F02_HEAD, "合计|<|5.00|5.00|0.00|0.00")),
            *("支出决算表", "单位：万元", grid(*F03_HEAD, "合计|<|5.00|5.00|0.00|0.00")),
            *("一般公共预算财政拨款支出决算表", "单位：万元", grid(*F05_HEAD, "合计|<|5.00|5.00|0.00")),
        )
    )
    assert (found.report_kind, found.department_name, found.fiscal_year) == (
        "final_account",
        "某某市教育局",
        2023,
    )


def test_the_forms_listed_on_one_long_page() -> None:
    facts = extract_facts(
        document(
            page(
                1,
                "某某局2023年度部门决算",
                *CONTENTS,
                "支出决算表",
                "单位：万元",
                grid(*F03_HEAD, "合计|<|5.00|5.00|0.00|0.00"),
            )
        )
    )
    assert [form.form_code for form in facts.forms if form.listed] == ["F01", "F02", "F03"]


def test_the_narrative_before_the_forms() -> None:
    text = page(
        3, "第二部分 决算情况说明", "一、收入支出决算总体情况说明", "某某市教育局2023年度收入总计5.00万元。"
    )
    found = header(page(1, "某某市教育局2023年度部门决算"), page(2, *CONTENTS), text, forms())
    assert (found.report_kind, found.department_name) == ("final_account", "某某市教育局")


def test_explanations_without_tables_are_a_final_account_without_forms() -> None:
    found = header(
        page(
            1,
            *("某某市教育局2023年度部门决算情况说明", "一、收入支出决算总体情况说明", "收入总计5.00万元。"),
            *("二、收入决算情况说明", "三、支出决算情况说明", "支出5.00万元。"),
        )
    )
    assert found.report_kind == "final_account"


def test_one_form_under_a_title_is_a_final_account_that_lacks_forms() -> None:
    f03 = page(2, "支出决算表", "单位：万元", grid(*F03_HEAD, "合计|<|5.00|5.00|0.00|0.00"))
    assert header(page(1, "某某市教育局2023年度部门决算"), f03).report_kind == "final_account"
    assert header(page(1, "某某市教育局"), f03).report_kind == "not_a_report"


def test_blank_forms_are_a_template_unless_the_text_states_amounts() -> None:
    cover = page(1, "某某市教育局2023年度部门决算")
    assert header(cover, forms(amount="")).report_kind == "blank_template"
    stated = page(9, "收入总计1,234.56万元。", "支出总计1,234.56万元。", "其中基本支出1,000.00万元。")
    found = header(cover, forms(amount=""), stated)
    assert found.report_kind == "final_account"
    assert found.kind_reason.startswith("3 forms without any amount, but the text states amounts: ")


BUDGET_FORMS = ("收支预算总表", "收入预算总表", "支出预算总表", "一般公共预算财政拨款支出预算表")


@pytest.mark.parametrize(
    "pages",
    [
        (page(1, "某某市示例局", "2026年部门预算"), page(2, "目录", "收支总表")),
        (page(1, "某某市示例局2026年度单位预算"), page(2, "目录", *BUDGET_FORMS)),
        (page(1, "2026年某某市示例局部门预算公开"), page(2, "说明：2025年部门决算尚未批复。")),
        (page(1, "某某市示例局2026年部门综合预算说明"), page(2, "上年决算数10.00万元，比上年决算增加。")),
        (page(1, "某某市2026年市级单位预算", "预算单位：某某市研究院"), page(2, "目录")),
        (page(1, "某某市审计局2026年部门预算"), page(2, "目录")),
        # no cover at all, or a picture
        tuple(
            page(n, f"预算0{n}表 {title}", "金额单位：万元", grid("项目|预算数", "合计|1.00"))
            for n, title in enumerate(BUDGET_FORMS, 1)
        ),
        (Page(1, 595, 842, "none", 1, (), ()), page(2, "目录", *BUDGET_FORMS)),
    ],
)
def test_budgets(pages: tuple[Page, ...]) -> None:
    found = header(*pages)
    assert (found.report_kind, found.unit, found.template) == ("budget", None, "")
    assert "预算" in found.kind_reason


def test_a_budget_that_prints_last_years_final_accounts_in_a_column() -> None:
    table = grid(
        "项目|<|2025年决算数|2026年预算数|<|<",
        "编码|名称|^|合计|基本支出|项目支出",
        "201|行政|1.00|2.00|1.00|1.00",
    )
    pages = [page(n, title, "单位：万元", table) for n, title in enumerate(BUDGET_FORMS, 2)]
    found = header(page(1, "2026年某某市示例局部门预算"), *pages)
    assert (found.report_kind, found.fiscal_year) == ("budget", 2026)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["关于召开会议的通知"], "关于召开会议的通知"),
        (
            ["关于做好2023年度部门决算公开工作的通知", "各市级部门：", "部门决算公开要求如下。"],
            "部门决算公开工作的通知",
        ),
        (["某某市财政局关于批复2026年部门预算的", "通知", "各单位："], "2026年部门预算的通知"),
        (["某某市财政局文件", "关于印发部门决算管理办法的通知"], "部门决算管理办法的通知"),
        (["部门决算公开操作规程"], "操作规程"),
        (["2023年度部门决算审计报告"], "审计报告"),
        (["某某市2023年度市级预算执行和其他财政收支的审计工作报告"], "预算执行和其他"),
        (["关于某某市2023年财政决算（草案）的报告"], "财政决算"),
        (["某某县2023年预算执行情况与2024年预算草案的报告"], "预算执行情况"),
        (["某某统计年鉴", "2023"], "年鉴"),
        (["某某中心预算管理一体化系统采购项目", "招标文件"], "招标文件"),
        (["某某市教育局2023年度工作报告"], "工作报告"),
        (["某某市教育局2023年度“三公”经费决算情况说明", "一、“三公”经费"], "三公"),
        (["项目支出绩效目标表", "部门名称：某某市教育局 单位：万元"], "项目支出绩效目标表"),
    ],
)
def test_papers_that_are_no_report(lines: list[str], words: str) -> None:
    found = header(page(1, *lines))
    assert found.report_kind == "not_a_report"
    assert words in found.kind_reason
    assert (found.department_name, found.fiscal_year, found.scope, found.place_name) == (None,) * 4


def test_a_notice_that_lists_the_forms_is_no_report() -> None:
    notice = page(1, "关于做好2023年度部门决算公开工作的通知", "各市级部门：")
    assert header(notice, page(2, *CONTENTS)).report_kind == "not_a_report"


def test_the_accounts_of_a_whole_government_are_no_departments() -> None:
    table = grid(
        "项目|<|本年支出合计|基本支出|项目支出", "科目编码|科目名称|^|^|^", "201|一般公共服务|5.00|5.00|0.00"
    )
    titles = (
        "某某市财政收支决算总表",
        "一般公共预算支出决算表",
        "政府性基金支出决算表",
        "国有资本经营支出决算表",
    )
    pages = [page(n, title, "单位：万元", table) for n, title in enumerate(titles, 2)]
    found = header(page(1, "某某市2023年财政决算"), *pages)
    assert (found.report_kind, found.kind_reason) == (
        "not_a_report",
        "accounts of a government: 某某市2023年财政决算",
    )


def test_an_empty_document() -> None:
    assert header(Page(1, 595, 842, "none", 0, (), ())).kind_reason == "no text"


WORDS = st.sampled_from(
    [
        "2023年度",
        "2024年9月",
        "某某市",
        "郑州市",
        "教育局",
        "（本级）",
        "部门决算",
        "单位预算",
        "公开",
        "目录",
        "附件2：",
        "第一部分",
        "概况",
        "收入决算表",
        "关于",
        "的通知",
        "单位：万元",
        "部门：",
        "财政决算",
        "1,000.00",
        "。",
        "(",
        "[",
    ]
)


@given(st.lists(st.lists(WORDS, max_size=6).map("".join), max_size=12))
def test_whatever_is_printed_the_file_is_of_some_kind(lines: list[str]) -> None:
    found = header(page(1, *lines))
    assert found.report_kind in ("final_account", "budget", "not_a_report")
    assert found.kind_reason
    assert found.scope in ("department", "unit", None)
    assert found.division_code in ("410100", None)


# Units -----------------------------------------------------------------------------------------------------


def units(*pages: Page) -> dict[str, tuple[str | None, str | None]]:
    """Return by form the unit as printed and that of its first amount."""
    facts = extract_facts(document(page(1, "某某局2023年度部门决算"), page(2, *CONTENTS), *pages))
    first = {amount.form_code: amount.unit for amount in reversed(facts.amounts)}
    return {form.form_code: (form.unit, first[form.form_code]) for form in facts.forms if form.page_first}


TOTAL = "合计|<|5.00|5.00|0.00|0.00"
SUBJECT = "205|教育支出|5.00|5.00|0.00|0.00"


@pytest.mark.parametrize(
    ("caption", "unit"),
    [
        ("单位：元", "元"),
        ("部门：某某局 金额单位：人民币万元", "万元"),
        ("公开03表 （单位：万元）", "万元"),
        ("单 位 ： 万 元", "万元"),
        ("部门：某某局", None),
    ],
)
def test_the_unit_in_captions(caption: str, unit: str | None) -> None:
    assert units(page(3, "支出决算表", caption, grid(*F03_HEAD, TOTAL))) == {"F03": (unit, unit)}


def test_the_unit_in_the_header_or_in_a_row_of_its_own() -> None:
    in_head = ("项目|<|本年支出合计(元)|基本支出|项目支出|经营支出", F03_HEAD[1])
    assert units(page(3, "支出决算表", grid(*in_head, TOTAL))) == {"F03": ("元", "元")}
    own_row = grid("支出决算表|<|<|<|<|<", "单位:万元|<|<|<|<|<", *F03_HEAD, TOTAL)
    assert units(page(3, own_row)) == {"F03": ("万元", "万元")}


def test_forms_of_one_report_in_different_units() -> None:
    f02 = page(3, "收入决算表", "单位：元", grid(*F02_HEAD, TOTAL))
    f03 = page(4, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL))
    assert units(f02, f03) == {"F02": ("元", "元"), "F03": ("万元", "万元")}


@pytest.mark.parametrize(
    "second",
    [
        page(4, "支出决算表", "单位：元", grid(*F03_HEAD, SUBJECT)),
        page(4, "支出决算表（续）", "单位：元", grid(SUBJECT)),
        page(4, "单位：元", grid(SUBJECT)),
        page(4, grid("单位:元|<|<|<|<|<", *F03_HEAD, SUBJECT)),
    ],
)
def test_units_that_contradict_each_other_leave_the_amounts_without(second: Page) -> None:
    first = page(3, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    facts = extract_facts(document(page(1, "某某局2023年度部门决算"), page(2, *CONTENTS), first, second))
    form = next(form for form in facts.forms if form.form_code == "F03")
    assert (form.unit, form.page_last) == ("万元/元", 4)
    assert {(amount.unit, amount.amount_yuan) for amount in facts.amounts} == {(None, None)}


def test_the_same_unit_again_on_a_continuation_page() -> None:
    first = page(3, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    assert units(first, page(4, "支出决算表", "单位：万元", grid(*F03_HEAD, SUBJECT))) == {
        "F03": ("万元", "万元")
    }
