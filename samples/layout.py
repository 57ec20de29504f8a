"""How a report looks in print, as data.

Belongs here: one field for every way in which real reports differ without saying anything else. Does not:
figures (`facts`), cells (`tables`) or drawing (`draw`). A new look is a new `Layout`, or a new field with the
look of today as its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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

    Numbers: `unit`, `decimals`, `thousands` separators, `full_width_digits`; `blank_zeros` names the forms
    that leave a zero blank.

    Forms: `form_order`, printed `titles` that differ from the statutory ones, `form_number` with `{n}`,
    `line_numbers` (行次 columns and 栏次 rows), `landscape` and `rotated` (turned by /Rotate) forms,
    `narrative_first` (text before forms), `unit_table` (a table that is no form).

    Text: `wording` chooses how the narrative puts its sentences.

    Coded forms: `code_columns` one or three (类, 款, 项); with three, `code_heads` puts the words 类 款 项
    in a row of their own or beside 栏次 and 合计; `levels` prints all rows or 项 rows only; `total_last`
    names the forms with 合计 at the end; `subheads_in_total` prints the words 合计, 基本支出, 项目支出 inside
    the 合计 row of an empty F07 or F08, with blank rows below.

    F06 has two or three blocks side by side. F09 puts six budget then six final columns (`blocks`),
    alternates them (`pairs`) or prints one line per kind of expense (`transposed`).

    Pages: `rows_per_page` breaks a form earlier than the page end (0: when the page is full); `continuation`
    repeats nothing, title and header, or the 合计 row too; `first_row_above_rule` leaves out the rule above
    the first row of a continuation page.

    Looks: `borders` drawn as strokes, thin filled rectangles, curves, or one rectangle per cell; `open_sides`
    leaves out the outer left and right rules; `radicals` sets look-alike radicals in labels (⼀ for 一);
    `spaced_labels` (因 公 出 国), `narrow_labels` wrap in their cells, `half_width_brackets`.

    Annexes: `annexes` puts self-evaluations (绩效自评表) at the end of the report in that look.

    PDFium leaves out text whose box is empty. Where a machine has no Chinese font, that is the box of a
    Chinese character that stands alone, and of all of them on a rotated page; `stroke_empty_boxes` gives
    these a hairline stroke, which makes the box count.
    """

    unit: Literal["万元", "元"] = "万元"
    decimals: int = 2
    thousands: bool = True
    full_width_digits: bool = False
    blank_zeros: frozenset[str] = frozenset()

    form_order: tuple[str, ...] = NATIONAL_ORDER
    titles: Mapping[str, str] = field(default_factory=dict)
    form_number: str = "公开{n:02d}表"
    line_numbers: bool = True
    landscape: frozenset[str] = frozenset({"F01", "F02", "F03", "F04", "F06", "F07", "F09"})
    rotated: frozenset[str] = frozenset()
    narrative_first: bool = False
    unit_table: bool = False

    wording: Literal["plain", "inland", "coastal"] = "plain"

    code_columns: Literal[1, 3] = 1
    code_heads: Literal["own_row", "shared"] = "own_row"
    levels: Literal["all", "items"] = "all"
    total_last: frozenset[str] = frozenset()
    subheads_in_total: bool = False

    f06_blocks: Literal[2, 3] = 3
    f09: Literal["blocks", "pairs", "transposed"] = "blocks"

    rows_per_page: int = 0
    continuation: Literal["plain", "header", "header_total"] = "plain"
    first_row_above_rule: bool = False

    borders: Literal["lines", "rects", "curves", "boxes"] = "lines"
    open_sides: bool = False
    radicals: bool = False
    spaced_labels: bool = False
    narrow_labels: bool = False
    half_width_brackets: bool = False
    stroke_empty_boxes: bool = True

    annexes: AnnexLook | None = None

    def title(self, form: str, statutory: str) -> str:
        """Return the title printed above a form."""
        return self.titles.get(form, statutory)
