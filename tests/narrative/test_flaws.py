"""Slips of wording in the narrative: which are found, and what is none."""

import pytest

from pipeline.config import PROJECT_DIR
from pipeline.facts import TextFlaw
from pipeline.forms.extract import extract_facts
from pipeline.narrative.claims import read_narrative
from pipeline.narrative.flaws import _slips
from pipeline.read.files import read_file

CORPUS = PROJECT_DIR.parent / "shared" / "corpus"


def slips(plain: str) -> list[tuple[str, str]]:
    return [(kind, plain[at:until]) for kind, at, until in _slips(plain, 0, len(plain))]


@pytest.mark.parametrize(
    ("plain", "kind", "found"),
    [
        ("2023年度收入总计XX万元。", "placeholder", "XX万元"),
        ("支出比上年增长X%。", "placeholder", "X%"),
        ("其中:办公用房____平方米。", "placeholder", "____"),
        ("支出减少0.15万元,下降(增长)27.78%。", "residue", "下降(增长)"),
        ("比上年减增加12.00万元。", "residue", "减增加"),
        ("共组织对0个项目开展评价(如有)。", "residue", "(如有)"),
        ("支出决算为1.00万元。。", "punctuation", "。。"),
        ("占政府采购支出总额的0%，", "punctuation", "，"),
        ("支出增加1193.20万元，增长13.95。", "no_unit", "增长13.95"),
    ],
)
def test_a_slip(plain: str, kind: str, found: str) -> None:
    assert (kind, found) in slips(plain)


@pytest.mark.parametrize(
    "plain",
    [
        "2023年度收入总计1,234.50万元，比上年增加12.00万元，增长0.98%。",
        "因公出国(境)费支出0.00万元;公务接待费支出(含外宾接待)0.50万元。",
        "与预算数持平，主要原因是厉行节约，减少了接待。",
        "执行EXCEL表式，使用5G、WXYZ系统。",
        "增加的主要原因是人员减少;减少的主要原因是项目增加。",
    ],
)
def test_no_slip(plain: str) -> None:
    assert slips(plain) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the real reports, ../shared/corpus, are not here")
@pytest.mark.parametrize(
    ("file", "flaws"),
    [
        ("seed2023.pdf", [("punctuation", "，", 24)]),
        ("f2546b57.pdf", [("no_unit", "增长13.95", 21), ("residue", "下降（增长）", 25)]),
        ("3bffe247.pdf", [("residue", "（如有）", 28), ("residue", "（如有）", 28)]),
        ("86287b24.pdf", []),
    ],
)
def test_slips_of_the_open_reports(file: str, flaws: list[tuple[str, str, int]]) -> None:
    document = read_file(CORPUS / file, 500)
    found: tuple[TextFlaw, ...] = read_narrative(document, extract_facts(document))[1]
    assert [(flaw.kind, flaw.found, flaw.page) for flaw in found] == flaws
    assert all(flaw.found in flaw.sentence and flaw.x0 is not None for flaw in found)
