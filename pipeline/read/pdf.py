"""PDF files as `Document`: pages of lines and grids, every grid read twice.

Belongs here: the order of work on one file, and what makes a PDF unreadable. Does not: how PDFium is asked
(`page` and below), how a picture is read (`scan`), or other file formats (`files`).
"""

import hashlib
import logging
import re
from collections.abc import Iterable
from pathlib import Path

import pypdfium2
import pypdfium2.raw

from pipeline.read.chars import stock_runs
from pipeline.read.document import Document, Grid, Line, Page, UnreadableError
from pipeline.read.grids import box_of, grid_of
from pipeline.read.lines import BLANK_WIDE, text_lines
from pipeline.read.page import PdfiumFile, PdfiumPage, collector_at_rest
from pipeline.read.paths import Edges
from pipeline.read.recognise import INSTALL, is_available
from pipeline.read.repair import close_tables
from pipeline.read.scan import recognise_scans
from pipeline.read.second import read_again
from pipeline.read.tables import CellBox, PageText, find_cells, group_tables

log = logging.getLogger(__name__)


def read_pdf(path: Path, max_pages: int) -> Document:
    """Read a PDF file page by page.

    Raises UnreadableError: `encrypted`, `damaged`, `too_many_pages`, `no_text`.
    """
    data = path.read_bytes()
    _refuse_cut_off(path.name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    del data
    try:
        file = PdfiumFile(path, uniform_descent=True)
    except pypdfium2.PdfiumError as error:
        raise _refusal(path.name, error) from error
    with file:
        count = len(file)
        if count > max_pages:
            raise UnreadableError(
                "too_many_pages",
                f"{path.name} has {count} pages, more than the {max_pages} that are read. "
                "Split the file, or raise FISCAL_MAX_PAGES.",
            )
        if count == 0:
            raise UnreadableError("damaged", f"{path.name} has no page. Fetch the file again.")
        pages = []
        for index in range(count):
            try:
                page = file.page(index)
            except ValueError as error:
                raise UnreadableError(
                    "damaged",
                    f"{path.name}: page {index + 1} cannot be loaded. Fetch the file again.",
                    index + 1,
                ) from error
            with collector_at_rest():
                try:
                    pages.append(_read_page(page))
                except MemoryError:  # a limit on the whole file, which pdfplumber would only reach sooner
                    raise
                except Exception as error:  # one page must not end a file that can be read
                    pages.append(_read_page_by_pdfplumber(page, error))
                finally:
                    page.close()
        producer = file.document.get_metadata_value("Producer")
        title = file.document.get_metadata_value("Title")
        pages = recognise_scans(path, file.document, pages)
    if not any(page.lines for page in pages):
        raise _no_text(path.name, pages)
    return Document(sha256=sha256, file_type="pdf", producer=producer, pages=tuple(pages), title=title)


def _read_page(page: PdfiumPage) -> Page:
    ruling = page.ruling
    tables = page.cells_of_tables()
    runs = page.runs
    grids: tuple[Grid, ...] = ()
    if ruling is not None and runs:
        grids = ruled_grids(page.page_number, ruling, page.seen_ruling, tables, page.page_text)
        grids = read_again(runs, grids, page.width, page.height)
    reading = "none" if not runs else "pdfplumber" if page.declined else "text"
    return Page(
        number=page.page_number,
        width=round(page.width, 2),
        height=round(page.height, 2),
        reading=reading,
        images=page.drawn.images,
        lines=text_lines(runs),
        grids=grids,
        read_twice=bool(grids),
    )


def ruled_grids(
    page: int, ruling: Edges, seen: Edges | None, tables: list[list[CellBox]], text: PageText
) -> tuple[Grid, ...]:
    """Return the first reading of a page: its tables, mended, with the text of their cells.

    `seen` is `ruling` without white rules that nobody sees, or the same.
    """
    tables = close_tables(ruling, tables, text)
    if seen is not None and seen is not ruling:
        # a table ruled in white alone is a table; white rules in another split its cells
        found = close_tables(seen, group_tables(find_cells(seen.vertical, seen.horizontal)), text)
        if _length(found, text) >= _length(tables, text):
            tables = found
    return tuple(grid_of(page, number, cells, text.of_cells(cells)) for number, cells in enumerate(tables, 1))


def _length(tables: list[list[CellBox]], text: PageText) -> int:
    """Return how many characters stand in the cells of tables."""
    return sum(len("".join(said.split())) for cells in tables for said in text.of_cells(cells).values())


def _read_page_by_pdfplumber(page: PdfiumPage, error: Exception) -> Page:
    """Return a page by stock pdfplumber alone, finder and lines included; `error` ended the usual way.

    Nothing is mended here: which part of our own code failed is not known. Raises UnreadableError
    (`damaged`) when pdfplumber cannot read the page either.
    """
    stock = page.decline(f"unexpected {type(error).__name__}: {error}", error)
    try:
        grids = []
        for number, table in enumerate(stock.find_tables(), 1):
            texts = {
                cell: text or ""
                for row, said in zip(table.rows, table.extract(), strict=True)
                for cell, text in zip(row.cells, said, strict=True)
                if cell is not None
            }
            grids.append(grid_of(page.page_number, number, table.cells, texts))
        lines = tuple(
            Line(line["text"], box_of(line["x0"], line["top"], line["x1"], line["bottom"]))
            for line in stock.extract_text_lines(return_chars=False, x_tolerance_ratio=BLANK_WIDE)
        )
        return Page(
            number=page.page_number,
            width=round(page.width, 2),
            height=round(page.height, 2),
            reading="pdfplumber" if stock.chars else "none",
            images=len(stock.images),
            lines=lines,
            grids=read_again(stock_runs(stock.chars), grids, page.width, page.height),
            read_twice=bool(grids),
        )
    except MemoryError:
        raise
    except Exception as second:
        raise UnreadableError(
            "damaged",
            f"{page.file.path.name}: page {page.page_number} cannot be read ({second}). "
            "Fetch the file again, or print it to a new PDF.",
            page.page_number,
        ) from second
    finally:
        stock.close()


def _refuse_cut_off(name: str, data: bytes) -> None:
    """Raise `damaged` for a file that ends early: PDFium would mend it silently, without its last pages.

    A whole file names the place of its cross-reference table at its end; the name with place 0 is that of a
    linearised file's first part.
    """
    places = re.findall(rb"startxref\s+(\d+)", data)
    if not any(int(place) for place in places) or b" obj" in data[data.rfind(b"%%EOF") :]:
        raise UnreadableError(
            "damaged", f"{name} is cut off: its end is missing. Fetch the file again from where it came from."
        )


def _refusal(name: str, error: pypdfium2.PdfiumError) -> UnreadableError:
    if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
        return UnreadableError(
            "encrypted", f"{name} is protected by a password. Save a copy without password and ingest that."
        )
    return UnreadableError("damaged", f"{name} is no intact PDF ({error}). Fetch the file again.")


def _no_text(name: str, pages: Iterable[Page]) -> UnreadableError:
    pictures = [page.number for page in pages if page.images]
    if pictures and not is_available():
        return UnreadableError(
            "no_text",
            f"{name} is a scan: page {pictures[0]} and all others hold pictures and no text. "
            f"Install text recognition ({INSTALL}) and ingest it again, or get the PDF made from the "
            "document itself.",
            pictures[0],
        )
    if pictures:
        return UnreadableError(
            "no_text",
            f"{name} holds pictures and no text, and text recognition found none in them. "
            "Check that it is the right file.",
            pictures[0],
        )
    return UnreadableError("no_text", f"{name} holds no text on any page. Check that it is the right file.")
