"""Looks by name: the plain one with one trap of real print each, or two that make a third.

Belongs here: what the tests and the table of variants try one by one. Does not: template families
(`families`), where looks go with row sets and further tables.
"""

from collections.abc import Mapping
from dataclasses import replace

from samples.layout import NATIONAL_ORDER, SHANGHAI_ORDER, Layout

PLAIN = Layout()
EVERY = frozenset(NATIONAL_ORDER)

LOOKS: Mapping[str, Layout] = {
    "in 元": replace(PLAIN, unit="元"),
    "six decimals": replace(PLAIN, decimals=6),
    "no thousands separators": replace(PLAIN, thousands=False),
    "full-width digits": replace(PLAIN, full_width_digits=True),
    "Shanghai order": replace(PLAIN, form_order=SHANGHAI_ORDER),
    "no line numbers": replace(PLAIN, line_numbers=False),
    "rotated pages": replace(PLAIN, rotated=frozenset({"F01", "F04", "F05", "F06"})),
    "forms after the narrative": replace(PLAIN, narrative_first=True),
    "类|款|项 in a row": replace(PLAIN, code_columns=3, code_heads="own_row"),
    "类|款|项 beside 合计": replace(PLAIN, code_columns=3, code_heads="shared"),
    "项 rows only": replace(PLAIN, levels="items"),
    "合计 last": replace(PLAIN, total_last=frozenset({"F02", "F03", "F05"})),
    "sub-headers in 合计": replace(PLAIN, subheads_in_total=True),
    "F06 in two blocks": replace(PLAIN, f06_blocks=2),
    "F09 in pairs": replace(PLAIN, f09="pairs"),
    "F09 transposed": replace(PLAIN, f09="transposed"),
    "thin rectangles": replace(PLAIN, borders="rects"),
    "curves": replace(PLAIN, borders="curves"),
    "boxes": replace(PLAIN, borders="boxes"),
    "spaced labels": replace(PLAIN, spaced_labels=True),
    "wrapped labels": replace(PLAIN, narrow_labels=True),
    "half-width brackets": replace(PLAIN, half_width_brackets=True),
    "continued bare": replace(PLAIN, rows_per_page=5),
    "continued with header": replace(PLAIN, rows_per_page=5, continuation="header", code_columns=3),
    "continued with 合计": replace(PLAIN, rows_per_page=5, continuation="header_total"),
    "first row above the rule": replace(PLAIN, rows_per_page=9, first_row_above_rule=True),
    "blank as --": replace(PLAIN, blank_mark="--", blank_zeros=EVERY),
    "blank as /": replace(PLAIN, blank_mark="/", blank_zeros=EVERY),
    "zeros left blank": replace(PLAIN, blank_zeros=EVERY),
    "blank and 0.00 mixed": replace(PLAIN, blank_zeros=frozenset({"F01", "F03", "F06"})),
    "integers among decimals": replace(PLAIN, trim_zeros=True),
    "numbers broken over lines": replace(PLAIN, wrapped_numbers=True, unit="元"),
    "XX in whole forms": replace(PLAIN, placeholders=frozenset({"F06", "F09"})),
    "XX in single cells": replace(PLAIN, placeholder_every=7),
    "F09 in another unit": replace(PLAIN, form_units={"F09": "元"}),
    "turned by 180": replace(PLAIN, rotated=frozenset({"F02", "F05"}), rotation=180),
    "turned by 270": replace(PLAIN, rotated=frozenset({"F02", "F04", "F06"}), rotation=270),
    "portrait": replace(PLAIN, landscape=frozenset()),
    "title inside the table": replace(PLAIN, title_place="inside"),
    "caption inside the table": replace(PLAIN, caption_place="inside"),
    "title and caption inside, continued": replace(
        PLAIN, title_place="inside", caption_place="inside", continuation="header", rows_per_page=8
    ),
    "note inside the table": replace(PLAIN, notes_inside=True),
    "unit in the header": replace(PLAIN, unit_in_header=True, f09="transposed", form_units={"F09": "元"}),
    "title on two lines": replace(PLAIN, title_lines=2),
    "dotted codes": replace(PLAIN, code_style="dotted"),
    "bracketed codes": replace(PLAIN, code_style="bracketed"),
    "code and name in one cell": replace(PLAIN, code_style="with_name"),
    "indented names": replace(PLAIN, indented_names=True),
    "header of one row": replace(PLAIN, heads="flat", line_numbers=False),
    "header of four rows": replace(PLAIN, heads="deep"),
    "empty row in the header": replace(PLAIN, empty_header_row=True),
    "合计 column last": replace(PLAIN, total_column_last=True),
    "F06 with halves as columns": replace(PLAIN, f06_blocks=1),
    "F06 with 合计 first": replace(PLAIN, f06_blocks=2, f06_total="first"),
    "F06 with 合计 last": replace(PLAIN, f06_total="last"),
    "F09 with phases as rows": replace(PLAIN, f09="phases"),
    "F09 with counts": replace(PLAIN, f09="joint"),
    "last row below the rule": replace(PLAIN, rows_per_page=9, last_row_below_rule=True),
    "rows beyond both rules": replace(
        PLAIN, rows_per_page=9, first_row_above_rule=True, last_row_below_rule=True
    ),
    "empty first row": replace(PLAIN, rows_per_page=9, empty_first_row=True),
    "page of one blank row": replace(PLAIN, rows_per_page=9, blank_last_page=True),
    "labels torn by the page": replace(PLAIN, rows_per_page=6, torn_labels=True),
    "labels torn, header repeated": replace(
        PLAIN, rows_per_page=6, torn_labels=True, continuation="header_total", code_columns=3
    ),
    "open left": replace(PLAIN, open_edges=frozenset({"left"})),
    "open right": replace(PLAIN, open_edges=frozenset({"right"})),
    "open above": replace(PLAIN, open_edges=frozenset({"top"})),
    "open below": replace(PLAIN, open_edges=frozenset({"bottom"})),
    "open left, blank columns": replace(
        PLAIN, open_edges=frozenset({"left"}), blank_zeros=EVERY, rows_per_page=7
    ),
    "open right, blank columns": replace(
        PLAIN, open_edges=frozenset({"right"}), blank_zeros=EVERY, rows_per_page=7
    ),
    "open at both sides, blank columns": replace(PLAIN, open_sides=True, blank_zeros=EVERY, rows_per_page=7),
    "white fills": replace(PLAIN, white="fills"),
    "white page background": replace(PLAIN, white="background"),
    "white rules in merged cells": replace(
        PLAIN, white="rules", code_columns=3, code_heads="shared", f06_blocks=2
    ),
    "white numbers": replace(PLAIN, hidden="white", blank_zeros=EVERY),
    "numbers without ink": replace(PLAIN, hidden="invisible", blank_zeros=EVERY),
    "numbers clipped away": replace(PLAIN, hidden="clipped", blank_zeros=EVERY),
    "fake bold": replace(PLAIN, fake_bold=True),
    "radicals": replace(PLAIN, radicals=True),
}
