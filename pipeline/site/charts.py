"""Charts as Vega-Lite specifications.

Belongs here: what is drawn, in both languages. Does not: drawing (Vega in the page) or figures of its own.

Floats are coordinates and nothing else: whatever a reader sees as a number is the exact text beside it.
Colours are names of the style sheet, so that charts follow light, dark and print.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pipeline.site.text import LANGUAGES, amount, translated

Spec = dict[str, Any]
_COLOURS = [f"var(--series-{number})" for number in range(1, 8)]
_WAN = Decimal(10_000)
# Up to so many places have a fixed width of so many pixels each; more share the width of the page.
_MANY = 8
_STEP = 64
_LEGEND_COLUMNS = 3


class Bar(NamedTuple):
    """One bar: where it stands, what it is of (a string of the site), and its amount in 元."""

    place: str
    series: str
    yuan: Decimal


def bars(title: str, values: Sequence[Bar], series: Sequence[str], *, stacked: bool) -> dict[str, Spec]:
    """Return a bar chart of amounts in 万元 by place (mostly a year), by language.

    `title` and `series` are keys of strings; series stand in the order given.
    """
    return {
        language: _chart(
            title,
            [
                {
                    "place": bar.place,
                    "series": translated(bar.series, language),
                    "order": series.index(bar.series),
                    "at": float(bar.yuan / _WAN),
                    "exact": f"{amount(bar.yuan)} {translated('word.yuan', language)}",
                }
                for bar in values
            ],
            [translated(name, language) for name in series],
            _COLOURS[: len(series)],
            translated("axis.wan", language),
            language,
            stacked=stacked,
        )
        for language in LANGUAGES
    }


def counts(
    title: str, values: Sequence[tuple[str, str, int]], series: Sequence[tuple[str, str]]
) -> dict[str, Spec]:
    """Return stacked counts by place, by language. `series` are keys of strings, each with its colour."""
    names = [name for name, _ in series]
    return {
        language: _chart(
            title,
            [
                {
                    "place": place,
                    "series": translated(name, language),
                    "order": names.index(name),
                    "at": count,
                    "exact": str(count),
                }
                for place, name, count in values
            ],
            [translated(name, language) for name in names],
            [colour for _, colour in series],
            translated("axis.reports", language),
            language,
            stacked=True,
        )
        for language in LANGUAGES
    }


def _chart(
    title: str,
    values: list[dict[str, Any]],
    domain: list[str],
    colours: list[str],
    axis: str,
    language: str,
    *,
    stacked: bool,
) -> Spec:
    encoding: Spec = {
        "x": {"field": "place", "type": "nominal", "sort": None, "axis": {"labelAngle": 0, "title": None}},
        "y": {"field": "at", "type": "quantitative", "stack": stacked and "zero", "axis": {"title": axis}},
        "color": {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": domain, "range": colours},
            "legend": {"title": None, "orient": "top", "columns": _LEGEND_COLUMNS}
            if len(domain) > 1
            else None,
        },
        "order": {"field": "order", "type": "quantitative"},
        "tooltip": [
            {"field": "place", "type": "nominal", "title": translated("word.year", language)},
            {"field": "series", "type": "nominal", "title": translated("word.item", language)},
            {"field": "exact", "type": "nominal", "title": translated("word.amount", language)},
        ],
    }
    places = len({value["place"] for value in values})
    # Few bars keep the width of many, and do not fill the page.
    width: Any = "container" if places > _MANY else {"step": _STEP, "for": "position"}
    if not stacked:
        encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": domain}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": translated(title, language),
        "width": width,
        "height": 200,
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusEnd": 1, "width": {"band": 0.62 if stacked else 0.9}},
        "encoding": encoding,
    }
