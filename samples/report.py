"""Writes one sample report as a file.

Belongs here: the order of the parts. Does not: their words, cells or drawing.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from samples.annexes import annex_pages, annexes_of, title
from samples.draw import Press
from samples.facts import SampleReport
from samples.layout import Layout
from samples.narrative import Section, contents, explanations, glossary, overview, part_headings
from samples.presses import SheetPress, WebPress, WordPress, ZipPress
from samples.tables import Cell, printed_tables

AnyPress = Press | WordPress | SheetPress | WebPress | ZipPress
PRESSES: Mapping[str, Callable[[Path, Layout, str], AnyPress]] = {
    ".pdf": Press,
    ".docx": WordPress,
    ".xlsx": SheetPress,
    ".html": WebPress,
    ".zip": ZipPress,
}


def write_report(report: SampleReport, layout: Layout, path: Path) -> None:
    """Write the report to `path`, as the type that its suffix names; a workbook holds the forms only.

    The same report and layout give the same bytes of a PDF; files of the other types carry the time.
    """
    first, forms, text, terms = part_headings(report)
    press = PRESSES[path.suffix](path, layout, f"{report.department}{report.fiscal_year}年度部门决算")
    _cover(press, report)
    press.new_page()
    press.line("目 录", 16, "center")
    for line in contents(report, layout):
        press.line(line, 12, gap=4 if line.startswith("第") else 0)

    press.new_page()
    press.line(first, 16, "center")
    _sections(press, overview(report))
    if layout.unit_table:
        rows = [(Cell("序号"), Cell("单位名称"), Cell("备注"))]
        rows += [
            (Cell(str(n)), Cell(unit, align="left"), Cell("")) for n, unit in enumerate(report.units, start=1)
        ]
        press.small_table(rows, (1, 5, 2))

    def put_forms() -> None:
        press.new_page()
        press.line(forms, 16, "center", gap=press.height / 3)
        for table in printed_tables(report, layout):
            press.table(table)

    def put_text() -> None:
        press.new_page()
        press.line(text, 16, "center")
        _sections(press, explanations(report, layout))

    for put in (put_text, put_forms) if layout.narrative_first else (put_forms, put_text):
        put()
    press.new_page()
    press.line(terms, 16, "center")
    for line in glossary():
        press.paragraph(line)
    if layout.annexes:
        for annex in annexes_of(report):
            pages = annex_pages(annex, layout.annexes)
            press.pages(title(annex), pages, [1] * len(pages[0][0]))
    press.save()


def _cover(press: AnyPress, report: SampleReport) -> None:
    press.new_page()
    press.line(f"{report.fiscal_year}年度", 24, "center", gap=press.height / 4)
    press.line(report.department, 24, "center")
    press.line("部门决算", 24, "center")
    press.line(f"{report.place} {report.fiscal_year + 1}年9月", 14, "center", gap=press.height / 4)
    press.line("本文件是程序生成的示例，不是正式公开的决算文本。", 9, "center", gap=30)


def _sections(press: AnyPress, sections: list[Section]) -> None:
    for section in sections:
        press.line(section.heading, 13, gap=4)
        for paragraph in section.paragraphs:
            press.paragraph(paragraph)
