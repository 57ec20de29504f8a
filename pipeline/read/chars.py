"""The characters of a page, in content order, placed as pdfplumber places them.

Belongs here: PDFium's text page as runs (characters of one text object that stand together), and what must
be done to it so that no character is lost or replaced. Does not: lines of text (`lines`) or the text of
cells (`tables`).
"""

from itertools import chain, compress, islice, repeat
from operator import lt, mul, ne, sub
from typing import Any, NamedTuple

from pdfplumber.utils.text import LIGATURES

from pipeline.read import pdfium
from pipeline.read.paths import Frame, Group, PageObjects
from pipeline.read.pdfium import Buffer, Matrix, pointer
from pipeline.read.unseen import unseen_texts

LINE_END_HYPHEN = "\ufffe"
"""How PDFium's text writes a hyphen at the end of a line; its character list says code 2."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that the font does not name."""

UNIFORM_DESCENT = -0.15
"""One descent, in em, for every font. Fonts state descents that put digits several points below the
labels of their own row (ONLYOFFICE does), which tears lines apart; with one descent baselines decide."""


SAME_PLACE = 0.1
"""In em. The same text this near to where it was printed before is printed in bold, not twice."""

_LIGATURES = str.maketrans(LIGATURES)
_LIGATURE = frozenset(LIGATURES)


class VerticalWritingError(Exception):
    """The page has text written from top to bottom, which is left to stock pdfplumber."""


Char = tuple[str, float, float, float, float, bool]
"""One character as pdfplumber places it: text, x0, x1, top, bottom, upright."""


class Run(NamedTuple):
    """Characters of one text object on one baseline. `size` is the font size as shown, in points."""

    text: list[str]
    x0: list[float]
    x1: list[float]
    top: float
    bottom: float
    upright: bool
    baseline: float
    size: float


class Fonts:
    """Descents and glyph widths of a document's fonts, in em, asked once."""

    def __init__(self, uniform_descent: bool) -> None:
        self.uniform_descent = uniform_descent
        self._descents: dict[int, float] = {}
        self._widths: dict[tuple[int, str], float] = {}

    def descent(self, font: int) -> float:
        """Return the descent of a font (a negative part of an em)."""
        if self.uniform_descent:
            return UNIFORM_DESCENT
        known = self._descents.get(font)
        if known is None:
            value = Buffer(1, "f")
            pdfium.font_descent(font, 1000.0, value.address)
            known = self._descents[font] = round(value.values()[0]) / 1000
        return known

    def width(self, font: int, char: str) -> float:
        """Return the advance of a character, in em."""
        known = self._widths.get((font, char))
        if known is None:
            value = Buffer(1, "f")
            pdfium.font_glyph_width(font, ord(char), 1000.0, value.address)
            known = self._widths[(font, char)] = value.values()[0] / 1000
        return known


def read_runs(page: int, objects: PageObjects, frame: Frame, fonts: Fonts) -> list[Run]:
    """Return all characters of a page as runs in content order.

    Text printed twice in one place is read once, text that nobody sees not at all, unless boxes are to be as
    pdfplumber's. Raises VerticalWritingError.
    """
    unseen = unseen_texts(objects) if fonts.uniform_descent else set()
    handles = [handle for group in objects.groups for handle in group.texts if handle not in unseen]
    texts = list(map(pointer, handles))
    widened = _widen_empty_objects(handles, texts)
    _drop_replacement_texts(texts)
    text_page = pdfium.load_text(page)
    try:
        by_object = _TextPage(text_page, frame, fonts).runs()
    finally:
        pdfium.close_text(text_page)
    unlisted = widened - by_object.keys()
    for group in objects.groups if unlisted else ():
        by_object |= _blanks([handle for handle in group.texts if handle in unlisted], group, frame, fonts)
    return _printed_once(list(chain.from_iterable(map(by_object.get, handles, repeat(())))))


def _printed_once(runs: list[Run]) -> list[Run]:
    """Return runs without those that print an earlier one again a hair away, which is how bold is faked.

    PDFium passes over most of them itself, but not over all.
    """
    seen: dict[str, list[tuple[float, float]]] = {}
    again: set[int] = set()
    for index, (text, x0, _, _, _, _, baseline, size) in enumerate(runs):
        said = "".join(text)
        left = x0[0]
        places = seen.get(said)
        if places is None:
            seen[said] = [(left, baseline)]
            continue
        near = SAME_PLACE * size
        if said != " " and any(abs(left - x) <= near and abs(baseline - y) <= near for x, y in places):
            again.add(index)
        else:
            places.append((left, baseline))
    return [run for index, run in enumerate(runs) if index not in again] if again else runs


def chars(runs: list[Run]) -> list[Char]:
    """Return the single characters of runs, in the same order."""
    return [
        char
        for text, x0, x1, top, bottom, upright, _, _ in runs
        for char in zip(text, x0, x1, repeat(top), repeat(bottom), repeat(upright), strict=False)
    ]


def singles(runs: list[Run]) -> list[Run]:
    """Return runs of one character each, in the same order."""
    return [
        run if len(run.text) == 1 else run._replace(text=[char], x0=[x0], x1=[x1])
        for run in runs
        for char, x0, x1 in zip(run.text, run.x0, run.x1, strict=True)
    ]


def line_text(runs: list[Run], points: float = 0, em: float = 0) -> str:
    """Return what runs on one line say from left to right, words parted by one blank.

    Words part at blanks and at gaps wider than `points` plus `em` times the font size.
    """
    if len(runs) == 1 and len(runs[0].text) == 1:
        said = runs[0].text[0].strip()
    else:
        parts = _parts(runs, points, em) or _parts(sorted(runs, key=_first_left), points, em)
        if parts is None:  # characters of several runs mingle
            parts = _parts(sorted(singles(runs), key=_first_left), points, em, ordered=True)
        said = " ".join("".join(parts or ()).split())
    return said if said.isascii() or _LIGATURE.isdisjoint(said) else said.translate(_LIGATURES)


def _parts(runs: list[Run], points: float, em: float, ordered: bool = False) -> list[str] | None:
    """Return the characters of runs and the blanks that gaps between them stand for.

    None when the runs do not follow each other from left to right, which `ordered` vouches for.
    """
    parts: list[str] = []
    last, end = float("-inf"), runs[0].x0[0]
    for text, x0, x1, _, _, _, _, size in runs:
        gap = points + em * size
        first = x0[0]
        if first <= last and not ordered:
            return None
        if first > end + gap:
            parts.append(" ")
        last, end = x0[-1], x1[-1]
        if len(x0) == 1:
            parts.append(text[0])
        elif sorted(x0) != x0:
            return None
        elif max(map(sub, islice(x0, 1, None), x1)) <= gap:
            parts += text
        else:
            for char, left, before in zip(text, x0, [first, *x1], strict=False):
                if left > before + gap:
                    parts.append(" ")
                parts.append(char)
    return parts


def _first_left(run: Run) -> float:
    return run.x0[0]


def stock_runs(objects: list[dict[str, Any]]) -> list[Run]:
    """Return pdfplumber's characters as runs of one."""
    return [
        Run(
            [char["text"]],
            [char["x0"]],
            [char["x1"]],
            char["top"],
            char["bottom"],
            char["upright"],
            char["bottom"] + char["y0"] - char["matrix"][5],
            char["size"],
        )
        for char in objects
    ]


def _widen_empty_objects(handles: list[int], texts: list[Any]) -> set[int]:
    """Make PDFium list text objects of no width, in memory: blanks, which part words, and glyphs not drawn.

    PDFium's text page passes over an object less than 0.01 points wide. Drawing it as outline adds the width
    of the pen to its box, and that is set anew when the object is moved (here, by nothing). Returns them.
    """
    lefts, _, rights, _ = pdfium.gather(pdfium.object_bounds, len(texts), 4, texts)
    empty = {
        handle for handle, left, right in zip(handles, lefts, rights, strict=True) if right - left < 0.01
    }
    thin = list(map(pointer, empty))
    pdfium.run(map(pdfium.text_set_render_mode, thin, repeat(pdfium.RENDER_STROKE)))
    pdfium.run(map(pdfium.object_transform, thin, *map(repeat, pdfium.STAY)))
    return empty


def _drop_replacement_texts(texts: list[Any]) -> None:
    """Take /ActualText off text objects, in memory, so that PDFium tells the characters drawn.

    It would give the replacement instead, all of it in one box that spans the text it stands for.
    """
    counts = list(map(pdfium.object_mark_count, texts))
    for level in range(max(counts, default=0)):
        marked = [text for text, count in zip(texts, counts, strict=True) if count > level]
        # objects of one marked sequence share their marks
        shared = dict(zip(map(pdfium.object_mark, marked, repeat(level)), marked, strict=True))
        kinds = list(map(pdfium.mark_value_type, map(pointer, shared), repeat(b"ActualText")))
        for mark, text in compress(shared.items(), kinds):
            pdfium.mark_remove_value(text, mark, b"ActualText")


def _blanks(handles: list[int], group: Group, frame: Frame, fonts: Fonts) -> dict[int, list[Run]]:
    """Return the blanks of text objects of `group` that PDFium leaves out because a blank came before."""
    texts = list(map(pointer, handles))
    matrices = pdfium.gather(pdfium.object_matrix, len(texts), 6, texts, struct=True)
    (sizes,) = pdfium.gather(pdfium.text_font_size, len(texts), 1, texts)
    outer = pdfium.multiply(group.matrix, frame.base)
    return {
        handle: [_placed(" ", pdfium.multiply(matrix, outer), size, font, frame.zero, fonts)]
        for handle, size, font, matrix in zip(
            handles, sizes, map(pdfium.text_font, texts), zip(*matrices, strict=True), strict=True
        )
    }


def _placed(char: str, matrix: Matrix, size: float, font: int, zero: float, fonts: Fonts) -> Run:
    """Return a run of one character by its text matrix, as pdfminer's `LTChar` computes its box."""
    a, b, c, d, e, f = matrix
    advance, low = fonts.width(font, char) * size, fonts.descent(font) * size
    if b == 0 == c and a > 0 < d and advance >= 0 < size:  # upright, as most are
        high, foot = f + d * (low + size), f + d * low
        return Run([char], [e], [e + a * advance], zero - high, zero - foot, True, zero - f, high - foot)
    xs = [e + a * p + c * q for p in (0, advance) for q in (low, low + size)]
    ys = [f + b * p + d * q for p in (0, advance) for q in (low, low + size)]
    upright = a * d > 0 and b * c <= 0
    return Run(
        [char],
        [min(xs)],
        [max(xs)],
        zero - max(ys),
        zero - min(ys),
        upright,
        zero - f,
        max(ys) - min(ys) if upright else max(xs) - min(xs),
    )


class _TextPage:
    """PDFium's text page, whose entries are characters in its own reading order."""

    def __init__(self, handle: int, frame: Frame, fonts: Fonts) -> None:
        self.handle = handle
        self.page = repeat(pointer(handle))
        self.frame = frame
        self.fonts = fonts
        self.count = max(pdfium.char_count(handle), 0)

    def runs(self) -> dict[int, list[Run]]:
        """Return the runs of each text object that has entries."""
        if not self.count:
            return {}
        text, owners = self._text_and_owners()
        lefts, highs, rights, lows = pdfium.gather(
            pdfium.char_loose_box, self.count, 4, self.page, range(self.count), struct=True
        )

        # each stretch of entries with one owner is a run
        changes = list(compress(range(1, self.count), map(ne, owners, islice(owners, 1, None))))
        starts, stops = [0, *changes], [*changes, self.count]
        spans = list(compress(map(slice, starts, stops), map(owners.__getitem__, starts)))
        firsts = [span.start for span in spans]
        holders = [owner for owner in map(owners.__getitem__, firsts) if owner]
        a, b, c, d, _, heights = pdfium.gather(
            pdfium.char_matrix, len(spans), 6, self.page, firsts, struct=True
        )
        points = list(map(pdfium.char_font_size, self.page, firsts))
        sizes = list(map(mul, points, d))
        fonts = list(map(pdfium.text_font, map(pointer, holders)))
        descents = {font: self.fonts.descent(font) for font in set(fonts)}
        zero = self.frame.zero
        # the pen stands where the text matrix puts it, unless text is turned
        baselines = [zero - y for y in heights]
        bottoms = [
            base - descents[font] * size for base, font, size in zip(baselines, fonts, sizes, strict=True)
        ]
        columns = zip(
            map(text.__getitem__, spans),
            map(lefts.__getitem__, spans),
            map(rights.__getitem__, spans),
            map(sub, bottoms, sizes),
            bottoms,
            repeat(True),
            baselines,
            sizes,
            strict=False,
        )
        # what Run._make does, without its checks
        runs: list[list[Run]] = [[run] for run in map(tuple.__new__, repeat(Run), columns)]

        turned: set[int] = set()
        if not pdfium.is_identity(self.frame.base):
            turned.update(range(len(runs)))
        elif any(b) or any(c) or min(a, default=1) <= 0 or min(d, default=1) <= 0:
            shapes = enumerate(zip(a, b, c, d, strict=True))
            turned.update(i for i, (p, q, r, s) in shapes if q or r or p <= 0 or s <= 0)
        for i in turned:
            shape = (a[i], b[i], c[i], d[i], 0.0, 0.0)
            runs[i] = self._turned(text, range(spans[i].start, spans[i].stop), shape, points[i], fonts[i])
        # PDFium counts the box of a vertical character downwards; and a vertical run leaves its baseline
        heads = list(map(highs.__getitem__, firsts))
        vertical = set(compress(range(len(spans)), map(lt, heads, map(lows.__getitem__, firsts))))
        ends = [highs[span.stop - 1] for span in spans]
        drawn = set()
        for i in compress(range(len(spans)), map(ne, heads, ends)):
            if abs(heads[i] - ends[i]) > 0.1 * sizes[i]:
                if self._leaves_baseline(spans[i], sizes[i]):
                    vertical.add(i)
                else:
                    drawn.add(fonts[i])
        if vertical - turned:
            raise VerticalWritingError("vertical writing")
        if drawn:
            self._place_by_pen(runs, spans, fonts, drawn, turned)

        found: dict[int, list[Run]] = {}
        for holder, own in zip(holders, runs, strict=True):
            if holder in found:
                found[holder] += own
            else:
                found[holder] = own
        return found

    def _leaves_baseline(self, span: slice, size: float) -> bool:
        """Tell whether the pen goes up or down within a run."""
        _, ys = self._origins([span.start, span.stop - 1])
        return abs(ys[1] - ys[0]) > 0.1 * size

    def _place_by_pen(
        self, runs: list[list[Run]], spans: list[slice], fonts: list[int], drawn: set[int], turned: set[int]
    ) -> None:
        """Give the runs of the fonts `drawn` the sides of their characters by the pen.

        Of a font that is neither embedded nor says its height, PDFium gives the box of the glyph as drawn,
        from whatever font the machine has in its place. What is read must not depend on that.
        """
        for i, span in enumerate(spans):
            if fonts[i] in drawn and i not in turned:
                xs, _ = self._origins(range(span.start, span.stop))
                [run] = runs[i]
                runs[i] = [run._replace(x0=xs, x1=[*xs[1:], max(xs[-1], run.x1[-1])])]

    def _text_and_owners(self) -> tuple[list[str], list[int | None]]:
        """Return the character of each entry and its text object, None for what is in no object."""
        owners = list(map(pdfium.char_object, self.page, range(self.count)))
        block = Buffer(self.count + 1, "h")
        pdfium.char_text(self.handle, 0, self.count, block.address)
        whole = block.raw()[: 2 * self.count].decode("utf-16-le", "surrogatepass")
        if len(whole) == self.count and "\x00" not in whole:
            text = list(whole.replace(LINE_END_HYPHEN, "-"))
        else:  # some entries have no text, or are half a character beyond the basic plane: ask for each
            codes = map(pdfium.char_unicode, self.page, range(self.count))
            text = ["-" if code == 2 else chr(code) if code else REPLACEMENT for code in codes]
            _join_surrogates(text, owners)
        # PDFium adds line ends and blanks that are not in the file: outside objects, and in gaps within one
        blanks = list(compress(range(self.count), map(" ".__eq__, text)))
        for index in compress(blanks, map(pdfium.char_is_generated, self.page, blanks)):
            owners[index] = None
        return text, owners

    def _origins(self, entries: list[int] | range) -> tuple[list[float], list[float]]:
        """Return x and y of where the pen stands before each entry."""
        xs, ys = pdfium.gather(pdfium.char_origin, len(entries), 2, self.page, entries, code="d")
        return xs, ys

    def _turned(self, text: list[str], entries: range, shape: Matrix, size: float, font: int) -> list[Run]:
        """Return one run for each of some entries whose text or page is turned, slanted or mirrored."""
        a, b, c, d, _, _ = shape
        xs, ys = self._origins(entries)
        off_baseline = a * (ys[-1] - ys[0]) - b * (xs[-1] - xs[0])
        if abs(off_baseline) > 0.1 * abs(size) * (a * a + b * b):
            raise VerticalWritingError("vertical writing")
        a, b, c, d, _, _ = pdfium.multiply(shape, self.frame.base)
        p, q, r, s, t, u = self.frame.base
        return [
            _placed(
                text[entry],
                (a, b, c, d, x * p + y * r + t, x * q + y * s + u),
                size,
                font,
                self.frame.zero,
                self.fonts,
            )
            for entry, x, y in zip(entries, xs, ys, strict=True)
        ]


def _join_surrogates(text: list[str], owners: list[int | None]) -> None:
    """Put a character given in two halves into the first of its entries and disown the second."""
    for index, entry in enumerate(text):
        if (
            "\ud800" <= entry <= "\udbff"
            and index + 1 < len(text)
            and "\udc00" <= text[index + 1] <= "\udfff"
        ):
            pair = (entry + text[index + 1]).encode("utf-16-le", "surrogatepass")
            text[index], text[index + 1] = pair.decode("utf-16-le"), ""
            owners[index + 1] = None
        elif "\ud800" <= entry <= "\udfff":
            text[index] = REPLACEMENT
