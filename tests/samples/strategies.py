"""Random reports for property tests: any look with any template family.

Belongs here: which fields of `Layout` a look may combine, and what cannot be combined. Does not: assertions.
"""

from dataclasses import replace

from hypothesis import strategies as st

from samples import Layout, SampleReport
from samples.accounts import UNIVERSITY
from samples.families import FAMILIES, Family
from samples.layout import NATIONAL_ORDER, SHANGHAI_ORDER
from samples.others import NAMED_AS_A_FORM, OTHERS

FORMS = NATIONAL_ORDER


def some_forms(names: tuple[str, ...] = FORMS) -> st.SearchStrategy[frozenset[str]]:
    """Return no form, all of them or any set."""
    return st.one_of(st.just(frozenset()), st.just(frozenset(names)), st.frozensets(st.sampled_from(names)))


# every field draws its plain look first, so that a failing example shrinks to the one that matters
LOOKS: dict[str, st.SearchStrategy[object]] = {
    "unit": st.sampled_from(["万元", "元"]),
    "form_units": st.sampled_from([{}, {"F09": "万元"}, {"F09": "元", "F06": "元"}]),
    "decimals": st.sampled_from([2, 6]),
    "trim_zeros": st.booleans(),
    "thousands": st.booleans(),
    "full_width_digits": st.booleans(),
    "wrapped_numbers": st.booleans(),
    "blank_zeros": some_forms(),
    "blank_mark": st.sampled_from(["", "--", "/", "—"]),
    "placeholder_every": st.sampled_from([0, 0, 0, 11]),
    "form_order": st.sampled_from([NATIONAL_ORDER, SHANGHAI_ORDER]),
    "form_number": st.sampled_from(["公开{n:02d}表", "表{n}", ""]),
    "line_numbers": st.booleans(),
    "landscape": some_forms(),
    "rotated": st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(FORMS), max_size=3)),
    "rotation": st.sampled_from([90, 180, 270]),
    "narrative_first": st.booleans(),
    "unit_table": st.booleans(),
    "others": st.dictionaries(
        st.sampled_from(FORMS),
        st.lists(st.sampled_from(sorted(set(OTHERS) - NAMED_AS_A_FORM)), min_size=1, max_size=2).map(tuple),
        max_size=2,
    ),
    "title_place": st.sampled_from(["above", "inside"]),
    "caption_place": st.sampled_from(["above", "inside"]),
    "notes_inside": st.booleans(),
    "title_lines": st.sampled_from([1, 2]),
    "code_columns": st.sampled_from([1, 3]),
    "code_heads": st.sampled_from(["own_row", "shared"]),
    "code_style": st.sampled_from(["plain", "dotted", "bracketed", "with_name"]),
    "indented_names": st.booleans(),
    "levels": st.sampled_from(["all", "items"]),
    "total_last": some_forms(("F02", "F03", "F05", "F07")),
    "subheads_in_total": st.booleans(),
    "heads": st.sampled_from(["national", "flat", "deep"]),
    "empty_header_row": st.booleans(),
    "total_column_last": st.booleans(),
    "f06_blocks": st.sampled_from([3, 2, 1]),
    "f06_total": st.sampled_from(["none", "first", "last"]),
    "f09": st.sampled_from(["blocks", "pairs", "transposed", "joint", "phases"]),
    "rows_per_page": st.sampled_from([0, 0, 17, 9, 5]),
    "continuation": st.sampled_from(["plain", "header", "header_total"]),
    "first_row_above_rule": st.booleans(),
    "last_row_below_rule": st.booleans(),
    "empty_first_row": st.booleans(),
    "blank_last_page": st.booleans(),
    "torn_labels": st.booleans(),
    "borders": st.sampled_from(["lines", "rects", "curves", "boxes"]),
    "open_edges": st.frozensets(st.sampled_from(["left", "right"])),
    "white": st.sampled_from(["none", "fills", "background", "rules"]),
    "hidden": st.sampled_from(["none", "white", "invisible", "clipped"]),
    "fake_bold": st.booleans(),
    "radicals": st.booleans(),
    "spaced_labels": st.booleans(),
    "narrow_labels": st.booleans(),
    "half_width_brackets": st.booleans(),
}


@st.composite
def looks(draw: st.DrawFn) -> Layout:
    """Return a layout with up to ten fields other than the plain ones."""
    names = draw(st.lists(st.sampled_from(sorted(LOOKS)), unique=True, min_size=4, max_size=10))
    return possible(replace(Layout(), **{name: draw(LOOKS[name]) for name in sorted(names)}))


def possible(look: Layout) -> Layout:
    """Return a look without what no printer would combine, or what leaves the reader nothing to go by."""
    if look.borders == "boxes":  # which have all their edges
        look = replace(look, open_edges=frozenset(), first_row_above_rule=False, last_row_below_rule=False)
    if look.heads == "flat" and look.line_numbers:
        look = replace(look, heads="national")
    return look


def reports(family: Family, look: Layout) -> tuple[SampleReport, Layout]:
    """Return the report of a family in another look; titles stay those of the family."""
    if family.template == UNIVERSITY:
        look = replace(look, form_order=family.layout.form_order)
    return family.report(), replace(look, titles=family.layout.titles)


families = st.sampled_from(sorted(FAMILIES)).map(FAMILIES.__getitem__)
