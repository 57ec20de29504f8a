"""Documents made of lines of text, as a reader of word processing files gives them."""

from collections.abc import Sequence

from pipeline.facts import ReportFacts, ReportHeader
from pipeline.read.document import Box, Document, Line, Page


def document_of(lines: Sequence[str], reading: str = "word") -> Document:
    """Return a document of one page whose paragraphs are `lines`."""
    placed = tuple(
        Line(text, Box(70.0, 20.0 * number, 70.0 + 10 * len(text), 20.0 * number + 10))
        for number, text in enumerate(lines, start=1)
    )
    return Document("0" * 64, "docx", "", (Page(1, 600.0, 800.0, reading, 0, placed, ()),))


def facts_of(year: int, kind: str = "final_account") -> ReportFacts:
    """Return the facts of a report of which nothing but kind and year is known."""
    header = ReportHeader("0" * 16, "0" * 64, kind, "", None, year, "万元", 1, "", "")
    return ReportFacts(header, (), ())
