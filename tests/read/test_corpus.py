"""Real reports, where at hand: every grid slot as stock pdfplumber gives it, nothing lost by repair."""

import logging
from collections import Counter
from pathlib import Path

import pdfplumber
import pytest

from pipeline.config import PROJECT_DIR
from pipeline.read.files import read_file
from pipeline.read.page import PdfiumFile

CORPUS = PROJECT_DIR.parent / "shared" / "corpus"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real reports is not beside the project"),
]

# file -> grid slots of all its tables, and pages with a table
REPORTS = {"seed2023": (3227, 26), "f2546b57": (1352, 14), "3bffe247": (1562, 20), "86287b24": (830, 8)}


def files() -> list[Path]:
    return sorted(path for path in CORPUS.glob("**/*.pdf") if "scan" not in path.name)


@pytest.fixture(scope="module", params=files(), ids=lambda path: path.stem)
def tables(request):
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    path: Path = request.param
    with pdfplumber.open(path) as stock, PdfiumFile(path) as file:
        pairs = []
        for page, its in zip(file.pages(), stock.pages, strict=True):
            pairs.append((page.extract_tables(), its.extract_tables()))
            its.close()
    return path, pairs


UNSEEN = {
    ("520fa5c5", 11): 96,  # a second table below the end of the sheet
    ("d61a32c3", 18): 2,  # two digits without ink
}
"""Pages with characters in a table that nobody sees, which are left out, and how many."""


def test_every_slot_is_as_pdfplumber_reads_it(tables):
    path, pairs = tables
    for number, (ours, theirs) in enumerate(pairs, 1):
        assert ours == theirs, f"{path.name}, page {number}"
    if path.stem in REPORTS:
        slots = sum(len(row) for _, theirs in pairs for table in theirs for row in table)
        assert (slots, sum(bool(theirs) for _, theirs in pairs)) == REPORTS[path.stem]


def test_repairs_lose_no_character_of_any_cell(tables):
    path, pairs = tables
    if not any(page.chars for page in pdfplumber.open(path).pages[:3]):
        pytest.skip("pictures only")
    for page, (_, theirs) in zip(read_file(path, 1000).pages, pairs, strict=True):
        read = Counter("".join(cell.text for grid in page.grids for cell in grid.cells))
        stock = Counter("".join(slot or "" for table in theirs for row in table for slot in row))
        lost = stock - read
        del lost[" "], lost["\n"]
        unseen = UNSEEN.get((path.stem, page.number), 0)
        assert lost.total() == unseen, f"{path.name}, page {page.number}: {lost}"


def test_rows_above_the_first_rule_are_found():
    pages = read_file(CORPUS / "seed2023_chromium.pdf", 100).pages
    (grid,) = pages[9].grids
    assert "企业家⼤学堂" in next(cell.text for cell in grid.cells if cell.row == 0 and "堂" in cell.text)


def test_a_scan_is_named_as_one_without_the_extra(monkeypatch):
    from pipeline.read.document import UnreadableError

    for module in ("pipeline.read.pdf", "pipeline.read.scan"):
        monkeypatch.setattr(f"{module}.is_available", lambda: False)
    with pytest.raises(UnreadableError, match=r"seed2023_scan\.pdf is a scan") as caught:
        read_file(CORPUS / "seed2023_scan.pdf", 1000)
    assert caught.value.reason == "no_text"
