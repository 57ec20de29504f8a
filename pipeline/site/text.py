"""Words and numbers as pages show them: both languages, exact amounts.

Belongs here: the strings of the site, the functions that templates call. Does not: any page.

A page is written in Chinese. Elements carry what switches them: `data-t` names a string of strings.yaml,
`data-en` holds the English name of something that the database names in both languages.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
_STRINGS = HERE / "strings.yaml"


@lru_cache(maxsize=1)
def strings() -> Mapping[str, tuple[str, str]]:
    """Return every string by key: Chinese, English. Raises ValueError where one lacks a language."""
    found = {}
    for key, texts in yaml.safe_load(_STRINGS.read_text(encoding="utf-8")).items():
        if not (isinstance(texts, list) and len(texts) == 2 and all(isinstance(t, str) and t for t in texts)):
            raise ValueError(f"{_STRINGS}: {key} must be [中文, English], and is {texts!r}")
        found[key] = (texts[0], texts[1])
    return found


def translated(key: str, language: str) -> str:
    """Return a string in one language; raises KeyError for an unknown key."""
    return strings()[key][LANGUAGES.index(language)]


@cache
def t(key: str) -> Markup:
    """Return a string as an element that switches with the language."""
    return Markup('<span data-t="{}">{}</span>').format(key, strings()[key][0])


@lru_cache(maxsize=4096)
def t_of(group: str, value: str | None) -> Markup:
    """Return the name of a value of the database, such as `verdict.accepted`; the value itself if unnamed."""
    if value is None:
        return t("site.unknown")
    key = f"{group}.{value}"
    return t(key) if key in strings() else Markup("<code>{}</code>").format(value)


def attribute(name: str, key: str) -> Markup:
    """Return an attribute of an element that switches with the language, such as aria-label."""
    return Markup('{}="{}" data-t-{}="{}"').format(name, strings()[key][0], name, key)


@lru_cache(maxsize=4096)
def pair(zh: str, en: str | None) -> Markup:
    """Return a name that the database has in both languages."""
    if not en:
        return Markup('<span lang="zh">{}</span>').format(zh)
    return Markup('<span data-en="{}">{}</span>').format(en, zh)


@lru_cache(maxsize=256)
def chip(group: str, value: str, check: str = "") -> Markup:
    """Return a value of the database as a coloured mark, with the check it is the result of."""
    before = Markup("<code>{}</code> ").format(check) if check else ""
    return Markup('<span class="chip {}-{}">{}{}</span>').format(
        group, value.replace("_", "-"), before, t_of(group, value)
    )


def amount(value: Decimal | None) -> str:
    """Return an amount with thousands separators, exactly; nothing where it is unknown.

    >>> amount(Decimal("-1234567.80"))
    '-1,234,567.80'
    """
    return "" if value is None else f"{value:,f}"


def plain(value: Decimal | None) -> str:
    """Return a value of a check with two decimals, or with all it has where two do not hold it."""
    if value is None:
        return ""
    rounded = round(value, 2)
    return amount(rounded if rounded == value else value)


def percent(part: int, whole: int) -> str:
    """Return a share of counts with two decimals, cut and never rounded up: 100 % means all."""
    if whole == 0:
        return ""
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02} %"


def one_line(text: str | None) -> str:
    """Return printed text without the line breaks of its cell."""
    return "" if not text else text.replace("\n", "")


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates, with everything escaped and no name left undefined."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions: dict[str, Any] = {
        "t": t,
        "t_of": t_of,
        "attribute": attribute,
        "pair": pair,
        "chip": chip,
        "amount": amount,
        "plain": plain,
        "percent": percent,
        "one_line": one_line,
    }
    found.globals.update(functions)
    return found
