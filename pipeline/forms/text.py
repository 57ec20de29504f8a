"""Printed text made plain: blanks, widths, look-alike characters, numbering, numbers.

Belongs here: what a piece of printed text says, whatever form it stands in. Does not: which label or title
it is (`catalogue`). Facts keep the printed text; plain text is for comparing.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from pipeline.facts import UNIT_YUAN

# CJK radicals that look like whole characters. NFKC leaves the supplement block alone and picks the
# traditional 戶 for ⼾, so those are named here; the other Kangxi radicals follow NFKC.
_LOOK_ALIKES = str.maketrans(
    "⼾⺟⺠⻄⻅⻆⻉⻋⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "户母民西见角贝车长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
)
_KANGXI = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6) if chr(code) != "⼾"
}
_BLANKS = re.compile(r"[\s\u00a0\u3000\u200b-\u200f\ufeff]+")
_QUOTES = str.maketrans({"”": '"', "“": '"', "„": '"', "＂": '"', "′": "'", "﹒": "."})
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.．，,]|[(（](?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）][、.]?"
    r"|\d{1,2}(?:[、．]|\.(?!\d)))"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BRACKETED = re.compile(r"\(([\d,]*\d\.\d+)\)")
"""How accountants print a negative amount; a whole number in brackets numbers something."""

_MINUS = str.maketrans("－−﹣–", "----")
BLANK_MARKS = frozenset(
    {"", "-", "--", "---", "－", "–", "—", "——", "/", "／", "无", "...", "......", "…", "……"}
)
"""What a cell prints in place of an amount where there is none."""

_UNIT = re.compile(r"(?:金额)?单位[:：]?(?:人民币)?(亿元|万元|千元|百元|元)")
_BRACKETED_UNIT = re.compile(r"\((?:单位:?)?(亿元|万元|千元|百元|元)\)")
_CHINESE_DIGITS = str.maketrans("〇○零OoΟ0一二三四五六七八九", "0000000123456789")


def restore(text: str) -> str:
    """Return `text` with look-alike radicals replaced by the characters meant; nothing else changes."""
    return text.translate(_LOOK_ALIKES).translate(_KANGXI)


@lru_cache(maxsize=1 << 14)  # the same words come again and again, on a page and between reports
def squeeze(text: str) -> str:
    """Return `text` for comparing: no blanks, radicals restored, widths folded (`（` becomes `(`)."""
    return unicodedata.normalize("NFKC", _BLANKS.sub("", restore(text)).translate(_QUOTES))


def item_name(text: str) -> str:
    """Return a row label as facts keep it: without numbering (一、), line breaks and blanks."""
    name = _BLANKS.sub("", restore(text))
    return _NUMBERING.sub("", name, count=1) or name


def label(text: str) -> str:
    """Return a row label for comparing: squeezed and without numbering."""
    plain = squeeze(text)
    return _NUMBERING.sub("", plain, count=1) or plain


def is_numbering(text: str) -> bool:
    """Tell whether a label is nothing but its numbering (十六、): the label itself stands elsewhere."""
    return _NUMBERING.fullmatch(squeeze(text)) is not None


def has_words(text: str) -> bool:
    """Tell whether `text` holds a letter or character, not only digits and marks."""
    return any(char.isalpha() for char in text)


def is_blank(text: str) -> bool:
    """Tell whether a cell is blank or holds a mark for nothing (`-`, `/`)."""
    return squeeze(text) in BLANK_MARKS


def printed_number(text: str) -> str | None:
    """Return the number a cell prints, without separators and blanks, trailing zeros kept; None otherwise.

    A number in brackets with decimals, (12.50), is a negative one.
    """
    plain = _BRACKETED.sub(r"-\1", squeeze(text)).translate(_MINUS).replace(",", "")
    return plain if _NUMBER.fullmatch(plain) else None


def yuan(printed: str, unit: str) -> Decimal | None:
    """Return a printed number of `unit` in 元, exactly; None when 元 to two decimals cannot hold it."""
    amount = Decimal(printed) * UNIT_YUAN[unit]
    exact = amount.quantize(Decimal("0.01"))
    return exact if exact == amount else None


def decimals(printed: str) -> int:
    """Return how many decimals a printed number shows."""
    return len(printed.partition(".")[2])


def unit_of(text: str) -> str | None:
    """Return the currency unit a line states (单位：万元), None when it states none."""
    found = _UNIT.search(squeeze(text))
    return found.group(1) if found else None


def unit_in_brackets(text: str) -> str | None:
    """Return the currency unit that a column header states in brackets, as in 决算数(万元)."""
    found = _BRACKETED_UNIT.search(squeeze(text))
    return found.group(1) if found else None


def western_years(text: str) -> str:
    """Return `text` with years in Chinese digits (二〇二三年) written in western ones."""
    return re.sub(
        r"二[〇○零OoΟ0][一二三四五六七八九〇○零OoΟ0]{2}(?=年)",
        lambda found: found.group().translate(_CHINESE_DIGITS),
        text,
    )
