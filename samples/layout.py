"""How a report looks in print, as data.

Belongs here: one field for every way in which real reports differ without saying anything else. Does not:
figures (`facts`), cells (`tables`) or drawing (`draw`). A new look is a new `Layout`, or a new field with the
look of today as its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["万元", "元"]
NATIONAL_ORDER = ("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09")
SHANGHAI_ORDER = ("F01", "F02", "F03", "F04", "F05", "F06", "F09", "F07", "F08")


@dataclass(frozen=True)
class AnnexLook:
    """How a self-evaluation (绩效自评表) is set.

    `columns` names the columns of the indicators, see `annexes.HEADS`. `break_after` indicators a new page
    begins (0: no break); `torn` tears the row before it: its reason goes on there. `wrapped` breaks numbers
    in their cells. `level_weights` prints the weight of a first level beside its name.
    """

    columns: Literal["national", "deviation", "own_columns"] = "national"
    break_after: int = 0
    torn: bool = False
    wrapped: bool = False
    level_weights: bool = False


@dataclass(frozen=True)
class Layout:
    """The look of one report. The defaults are the national form set as counties print it.

    Numbers: `unit`, and `form_units` where a form has another; `decimals`, `trim_zeros` (1234.5, 100),
    `thousands` separators, `full_width_digits`, `wrapped_numbers` that break in their cells; `blank_zeros`
    names the forms that leave a zero blank, `blank_mark` is printed in blank cells; `placeholders` names the
    forms with XX for every amount, `placeholder_every` puts XX into every nth amount of the others.

    Forms: `form_order`, printed `titles` that differ from the statutory ones, `form_number` with `{n}`,
    `line_numbers` (行次 columns and 栏次 rows), `landscape` and `rotated` forms (turned by /Rotate, by
    `rotation` degrees), `narrative_first` (text before forms), `unit_table` (a table that is no form),
    `others` (by form: the tables that are no statutory form and follow it, see `samples.others`).
    `title_place`, `caption_place` (department and unit) and `notes_inside` move them into the table;
    `unit_in_header` prints 决算数（万元）; `title_lines` breaks a title in two.

    Text: `wording` chooses how the narrative puts its sentences.

    Coded forms: `code_columns` one or three (类, 款, 项); with three, `code_heads` puts the words 类 款 项
    in a row of their own or beside 栏次 and 合计; `code_style` prints 205.03.02, [2050302] or code and name
    in one cell; `indented_names`; `levels` prints all rows or 项 rows only; `total_last` names the forms with
    合计 at the end; `subheads_in_total` prints the words 合计, 基本支出, 项目支出 inside the 合计 row of an
    empty F07 or F08, with blank rows below; `heads` drops the word 项目 above the labels (`flat`) or adds a
    row above the whole header (`deep`); `empty_header_row` leaves a stray row in it; `total_column_last`.

    F06 has two or three blocks side by side, or one with 合计, 人员经费, 公用经费 as columns (1); `f06_total`
    adds a row 合计. F09 puts six budget then six final columns (`blocks`), alternates them (`pairs`), prints
    one line per kind of expense (`transposed`; `joint` with counts and 机关运行经费 below) or one line per
    phase (`phases`).

    Pages: `rows_per_page` breaks a form earlier than the page end (0: when the page is full); `continuation`
    repeats nothing, title and header, or the 合计 row too; `first_row_above_rule` leaves out the rule above
    the first row of a continuation page, `last_row_below_rule` that below the last row before a break;
    `empty_first_row` opens continuation pages with an empty row, `blank_last_page` adds a page with nothing
    but one; `torn_labels` breaks inside the label of a row.

    Looks: `borders` drawn as strokes, thin filled rectangles, curves, or one rectangle per cell; `open_sides`
    leaves out the outer left and right rules, `open_edges` any of the four; `radicals` sets look-alike
    radicals in labels (⼀ for 一); `spaced_labels` (因 公 出 国), `narrow_labels` wrap in their cells,
    `half_width_brackets`. `white` adds what is not seen: fills below cells, a page background, rules where
    merged cells hide them. `hidden` puts a number that is not seen into blank amounts: in white, in render
    mode 3, or clipped away. `fake_bold` sets the 合计 rows twice, a hair apart.

    Annexes: `annexes` puts self-evaluations (绩效自评表) at the end of the report in that look.

    PDFium leaves out text whose box is empty. Where a machine has no Chinese font, that is the box of a
    Chinese character that stands alone, and of all of them on a rotated page; `stroke_empty_boxes` gives
    these a hairline stroke, which makes the box count.
    """

    unit: Unit = "万元"
    form_units: Mapping[str, Unit] = field(default_factory=dict)
    decimals: int = 2
    trim_zeros: bool = False
    thousands: bool = True
    full_width_digits: bool = False
    wrapped_numbers: bool = False
    blank_zeros: frozenset[str] = frozenset()
    blank_mark: str = ""
    placeholders: frozenset[str] = frozenset()
    placeholder_every: int = 0

    form_order: tuple[str, ...] = NATIONAL_ORDER
    titles: Mapping[str, str] = field(default_factory=dict)
    form_number: str = "公开{n:02d}表"
    line_numbers: bool = True
    landscape: frozenset[str] = frozenset({"F01", "F02", "F03", "F04", "F06", "F07", "F09"})
    rotated: frozenset[str] = frozenset()
    rotation: Literal[90, 180, 270] = 90
    narrative_first: bool = False
    unit_table: bool = False
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title_place: Literal["above", "inside"] = "above"
    caption_place: Literal["above", "inside"] = "above"
    notes_inside: bool = False
    unit_in_header: bool = False
    title_lines: Literal[1, 2] = 1

    wording: Literal["plain", "inland", "coastal"] = "plain"

    code_columns: Literal[1, 3] = 1
    code_heads: Literal["own_row", "shared"] = "own_row"
    code_style: Literal["plain", "dotted", "bracketed", "with_name"] = "plain"
    indented_names: bool = False
    levels: Literal["all", "items"] = "all"
    total_last: frozenset[str] = frozenset()
    subheads_in_total: bool = False
    heads: Literal["national", "flat", "deep"] = "national"
    empty_header_row: bool = False
    total_column_last: bool = False

    f06_blocks: Literal[1, 2, 3] = 3
    f06_total: Literal["none", "first", "last"] = "none"
    f09: Literal["blocks", "pairs", "transposed", "joint", "phases"] = "blocks"

    rows_per_page: int = 0
    continuation: Literal["plain", "header", "header_total"] = "plain"
    first_row_above_rule: bool = False
    last_row_below_rule: bool = False
    empty_first_row: bool = False
    blank_last_page: bool = False
    torn_labels: bool = False

    borders: Literal["lines", "rects", "curves", "boxes"] = "lines"
    open_sides: bool = False
    open_edges: frozenset[Literal["left", "right", "top", "bottom"]] = frozenset()
    white: Literal["none", "fills", "background", "rules"] = "none"
    hidden: Literal["none", "white", "invisible", "clipped"] = "none"
    fake_bold: bool = False
    radicals: bool = False
    spaced_labels: bool = False
    narrow_labels: bool = False
    half_width_brackets: bool = False
    stroke_empty_boxes: bool = True

    annexes: AnnexLook | None = None

    def unit_of(self, form: str) -> Unit:
        """Return the unit of a form."""
        return self.form_units.get(form, self.unit)

    def title(self, form: str, statutory: str) -> str:
        """Return the title printed above a form."""
        return self.titles.get(form, statutory)
