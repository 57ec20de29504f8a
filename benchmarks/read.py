"""How fast the reader is, against stock pdfplumber and against the least that PDFium must do.

    python benchmarks/read.py FILE...

All engines read the same pages in one process, one after the other within a round; the figures are medians
over the rounds, because machines have neighbours. The last line is `ratio_to_pdfplumber=<number>`: how many
times faster `extract_tables()` is on our page than on stock pdfplumber's.
"""

import argparse
import ctypes
import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pdfplumber
import pypdfium2

from pipeline.read import pdfium
from pipeline.read.files import read_file
from pipeline.read.page import PdfiumFile
from pipeline.read.paths import page_objects

Tables = list[list[list[str | None]]]


def stock(path: Path) -> list[Tables]:
    """Return the tables of each page as stock pdfplumber extracts them."""
    with pdfplumber.open(path) as pdf:
        found = []
        for page in pdf.pages:
            found.append(page.extract_tables())
            page.close()
        return found


def ours(path: Path) -> list[Tables]:
    """Return the tables of each page as our page and finder extract them, repairs off."""
    with PdfiumFile(path) as file:
        return [page.extract_tables() for page in file.pages()]


def document(path: Path) -> None:
    """Read the whole file as the product does: all text as lines, grids with repairs."""
    read_file(path, max_pages=100_000)


def floor(path: Path, ruled: list[bool]) -> None:
    """Have PDFium load each page, return its paths and, of ruled pages, the text; do nothing with them."""
    source = pypdfium2.PdfDocument(path)
    handle = ctypes.cast(source.raw, ctypes.c_void_p).value
    for index, has_tables in enumerate(ruled):
        page = pdfium.load_page(handle, index)
        for group in page_objects(page).groups:
            pdfium.run(map(pdfium.path_segment_count, group.paths))
        if has_tables:
            text_page = pdfium.load_text(page)
            count = pdfium.char_count(text_page)
            text = pdfium.Buffer(count + 1, "h")
            pdfium.char_text(text_page, 0, count, text.address)
            pdfium.close_text(text_page)
        pdfium.close_page(page)
    source.close()


Slot = tuple[int, int, int, int, str | None]


def slots(pages: list[Tables]) -> set[Slot]:
    """Return the grid slots of all tables: page, table, row, column and text."""
    return {
        (page, number, line, column, text)
        for page, tables in enumerate(pages)
        for number, table in enumerate(tables)
        for line, row in enumerate(table)
        for column, text in enumerate(row)
    }


def seconds(work: Callable[[Path], object], paths: list[Path]) -> float:
    """Return how long one engine takes for all files."""
    start = time.perf_counter()
    for path in paths:
        work(path)
    return time.perf_counter() - start


def main() -> None:
    """Print the table of engines and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5, help="rounds over all engines (default 5)")
    arguments = parser.parse_args()
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    paths: list[Path] = arguments.files

    reference = {path: stock(path) for path in paths}
    found = {path: ours(path) for path in paths}
    ruled = {path: [bool(tables) for tables in pages] for path, pages in reference.items()}
    pages = sum(map(len, reference.values()))
    cells = equal = 0
    for path in paths:
        expected, given = slots(reference[path]), slots(found[path])
        cells += len(expected | given)
        equal += len(expected & given)

    engines: dict[str, Callable[[Path], object]] = {
        "pdfplumber, extract_tables": stock,
        "our page, extract_tables": ours,
        "our Document (read_file)": document,
        "floor": lambda path: floor(path, ruled[path]),
    }
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(arguments.rounds):
        for name, work in engines.items():
            taken[name].append(seconds(work, paths))

    def ratio(name: str) -> float:
        base = taken["pdfplumber, extract_tables"]
        return statistics.median(a / b for a, b in zip(base, taken[name], strict=True))

    print(f"{len(paths)} files, {pages} pages, {sum(map(sum, ruled.values()))} with a table")
    print(f"{'engine':30} {'pages/s':>8} {'ratio':>7}  cells equal")
    for name in engines:
        speed = pages / statistics.median(taken[name])
        agreement = {"our page, extract_tables": f"{equal} of {cells}"}.get(name, "-")
        print(f"{name:30} {speed:8.1f} {ratio(name):7.1f}  {agreement}")
    distance = ratio("floor") / ratio("our page, extract_tables")
    print(f"our page takes {distance:.2f} times as long as the floor")
    print(f"ratio_to_pdfplumber={ratio('our page, extract_tables'):.2f}")


if __name__ == "__main__":
    main()
