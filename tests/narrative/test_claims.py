"""Claims as records: places, codes, tables, what has none; real reports against their ground truth."""

import csv
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.narrative import score
from pipeline.config import PROJECT_DIR
from pipeline.facts import ReportedAmount
from pipeline.forms.extract import extract_facts
from pipeline.narrative.claims import read_claims
from pipeline.narrative.figures import figures
from pipeline.narrative.sentences import Paragraph, blocks
from pipeline.narrative.subjects import Subjects
from pipeline.read.document import Box, Cell, Document, Grid, Line, Page
from pipeline.read.files import read_file
from tests.narrative.texts import document_of, facts_of

SHARED = PROJECT_DIR.parent / "shared"
needs_reports = pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the real reports are not here")

OPERATING = ["十、机关运行经费支出情况说明", "2023年度机关运行经费支出142.80万元，比2022年度减少13.52万元。"]


def test_a_claim_quotes_its_sentence_and_says_where_it_stands():
    lines = [Line(text, Box(80, top, 500, top + 12)) for text, top in zip(OPERATING, (100, 130), strict=True)]
    document = Document("ab" * 32, "pdf", "", (Page(7, 600, 800, "text", 0, tuple(lines), ()),))
    _, change, word = read_claims(document, facts_of(2023))
    assert (change.report_key, change.claim_no) == ("ab" * 8, 2)
    assert (change.value, change.value_yuan) == (Decimal("-13.52"), Decimal(-135200))
    assert (change.value_printed, change.unit, change.direction) == ("13.52", "万元", "减少")
    assert (change.page, change.x0, change.top, change.x1, change.bottom) == (7, 80, 130, 500, 142)
    assert change.sentence == OPERATING[1]
    assert change.locator == "page 7, 十、机关运行经费支出情况说明"
    assert (word.value, word.value_printed, word.unit) == (None, "减少", "text")


def test_a_file_without_places_gives_none():
    claim = read_claims(document_of(OPERATING, "html"), facts_of(2023))[0]
    assert (claim.x0, claim.top, claim.x1, claim.bottom) == (None, None, None, None)
    assert claim.locator == "十、机关运行经费支出情况说明"


@pytest.mark.parametrize("kind", ["budget", "blank_template", "not_a_report"])
def test_what_is_no_final_account_claims_nothing(kind):
    assert read_claims(document_of(OPERATING), facts_of(2023, kind)) == ()


def test_a_table_of_scores_inside_the_narrative_is_read():
    box = Box(80, 200, 300, 220)
    texts = (("项目名称", "自评分数"), ("道路养护", "96.53"), ("信息化\n运维", "100"), ("其他", "—"))
    cells = tuple(
        Cell(row, column, 1, 1, text, box)
        for row, pair in enumerate(texts)
        for column, text in enumerate(pair)
    )
    grid = Grid(1, 1, 4, 2, Box(70, 190, 400, 300), cells)
    lines = (Line("十三、预算绩效情况说明", Box(80, 100, 300, 112)), Line("道路养护", Box(90, 210, 200, 222)))
    document = Document("0" * 64, "pdf", "", (Page(1, 600, 800, "text", 0, lines, (grid,)),))
    claims = read_claims(document, facts_of(2023))
    assert [(claim.metric, claim.subject, claim.value, claim.unit) for claim in claims] == [
        ("project_score", "道路养护", Decimal("96.53"), None),
        ("project_score", "信息化运维", Decimal(100), None),
    ]
    assert claims[0].locator == "page 1, table 1, row 2, column 2"


def row(code: str, name: str) -> ReportedAmount:
    return ReportedAmount(
        "0" * 16, "F05", None, code, name, None, "subject", "total", "1", "1", None, 0, "万元",
        1, 1, 1, 1, None, None, None, None, 1,
    )  # fmt: skip


def test_codes_follow_the_rows_of_the_report():
    subjects = Subjects([row("212", "城乡社区支出"), row("2120101", "行政运行"), row("2010301", "行政运行")])
    path = ("城乡社区支出", "城乡社区管理事务", "行政运行")
    assert subjects.code(path, 7) == "2120101"
    assert subjects.code(("行政运行",), 7) is None  # two of them
    assert subjects.code(("城乡社区",), 3) == "212"
    assert subjects.code(("科学技术支出",), 3) == "206"  # not in the report, but in the list of codes
    assert subjects.code(("小学教育（2050202）",)) == "2050202"
    assert subjects.code(("无此科目",), 7) is None


@needs_reports
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("seed2023", "seed2023.pdf"),
        ("seed2023", "seed2023_chromium.pdf"),
        ("f2546b57", "f2546b57.pdf"),
        ("3bffe247", "3bffe247.pdf"),
        ("86287b24", "86287b24.pdf"),
    ],
)
def test_every_figure_of_the_open_reports_is_read(name, file):
    with (SHARED / "truth" / f"{name}.narrative.csv").open(encoding="utf-8", newline="") as stream:
        truth = list(csv.DictReader(stream))
    document = read_file(SHARED / "corpus" / file, max_pages=500)
    claims = read_claims(document, extract_facts(document))
    for words in (False, True):
        result = score(truth, claims, words=words)
        assert (result.missing, result.extra, result.wrong) == ((), (), ())
        assert result.right == result.stated > 0
    assert [claim for claim in claims if not claim.placed] == []
    pages = [int(row["page"]) for row in truth]
    if any(pages):  # the truth of one report has no pages
        assert sorted(claim.page for claim in claims) == sorted(pages)


PIECES = [
    *(
        "收入",
        "支出",
        "其中：",
        "（",
        "）",
        "；",
        "，",
        "、",
        "。",
        "主要原因是",
        "比上年",
        "增加",
        "下降",
        "占",
    ),
    *(
        "教育支出（类）",
        "行政运行（项）",
        "公务接待费",
        "公务用车保有量",
        "项目",
        "绩效自评",
        "预算数为",
        "价值",
    ),
    *("与上年持平", "大于预算数", "完成年初预算的", "12.5万元", "3个", "40人次", "1,000.50元", "99.9%", "7"),
    *("2辆", "0.00万元", "5分", "2023年", "1.", "第3"),
]
HEADINGS = [
    "一、收入支出决算总体情况说明",
    "五、一般公共预算财政拨款支出决算情况说明",
    "九、“三公”经费支出决算情况说明",
    "十、机关运行经费支出情况说明",
    "十二、国有资产占用情况说明",
    "十三、预算绩效情况说明",
    "十四、不知其名的情况",
]


@given(heading=st.sampled_from(HEADINGS), pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_figure_of_the_narrative_is_dropped(heading, pieces):
    text = "情况如下" + "".join(pieces)
    document = document_of(["第三部分 2023年度部门决算情况说明", heading, text])
    claims = read_claims(document, facts_of(2023))
    paragraph = list(blocks(document))[-1]
    assert isinstance(paragraph, Paragraph)
    numbers = [figure.printed for figure in figures(paragraph.plain)]
    assert [claim.value_printed for claim in claims if claim.value is not None] == numbers
    assert [claim.claim_no for claim in claims] == list(range(1, len(claims) + 1))
    assert all(claim.placed == (claim.metric is not None) for claim in claims)
