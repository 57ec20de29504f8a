"""PDFium's C functions, called with the least overhead Python allows.

Belongs here: declarations of the functions the reader calls, and how their results are fetched in bulk.
Does not: what the results mean on a page (`paths`, `chars`).

The functions are those of the library pypdfium2 has loaded, taken by address, so that there is one PDFium
in the process. They keep the GIL: a call lasts well under a microsecond, and PDFium must not be entered by
two threads anyway. Calls over many objects run as one `map`, which spares the interpreter's loop; PDFium
writes into one buffer, which is decoded at once (`gather`).

Functions that are called a few times a page take handles and buffer addresses as plain integers, which
ctypes converts at each call. Those called for every character and every rule declare no arguments: they take
handles and addresses as `pointer` made them, once, and indices as plain integers, at half the cost of a call.
A plain integer in place of a pointer would lose its upper half there, so each says what it takes.
"""

import ctypes
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from pypdfium2 import raw

OBJECT_TEXT, OBJECT_PATH, OBJECT_IMAGE, OBJECT_FORM = 1, 2, 3, 5
SEGMENT_LINE, SEGMENT_CURVE, SEGMENT_MOVE = 0, 1, 2
RENDER_FILL, RENDER_STROKE, RENDER_FILL_STROKE, RENDER_INVISIBLE = 0, 1, 2, 3

pointer = ctypes.c_void_p.from_param
"""Make a handle or an address ready to be passed to the functions for calls over many objects."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
STAY = tuple(map(ctypes.c_double.from_param, IDENTITY))
"""The identity, ready to be passed to `object_transform`."""

_handle, _int, _uint = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
_float, _double, _out = ctypes.c_float, ctypes.c_double, ctypes.c_void_p


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    if address is None:
        raise ImportError(f"pypdfium2 has no {name}")
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


def _bulk_function(name: str, result: Any) -> Callable[..., Any]:
    """Return a function for calls over many objects: it takes what `pointer` makes, and small integers."""
    return _function(name, result)


load_page = _function("FPDF_LoadPage", _handle, _handle, _int)
close_page = _function("FPDF_ClosePage", None, _handle)
page_rotation = _function("FPDFPage_GetRotation", _int, _handle)
page_media_box = _function("FPDFPage_GetMediaBox", _int, _handle, _out, _out, _out, _out)
page_visible_box = _function("FPDF_GetPageBoundingBox", _int, _handle, _out)

# arguments as in PDFium's headers
page_object_count = _function("FPDFPage_CountObjects", _int, _handle)
page_object = _bulk_function("FPDFPage_GetObject", _handle)  # page, index
form_object_count = _function("FPDFFormObj_CountObjects", _int, _handle)
form_object = _function("FPDFFormObj_GetObject", _handle, _handle, ctypes.c_ulong)
object_type = _bulk_function("FPDFPageObj_GetType", _int)  # object
object_matrix = _bulk_function("FPDFPageObj_GetMatrix", _int)  # object, out 6 floats
object_bounds = _bulk_function("FPDFPageObj_GetBounds", _int)  # object, out left, bottom, right, top
object_transform = _bulk_function("FPDFPageObj_Transform", None)  # object, 6 doubles as `STAY`
object_fill_color = _bulk_function("FPDFPageObj_GetFillColor", _int)  # object, out red, green, blue, alpha
object_stroke_color = _bulk_function(
    "FPDFPageObj_GetStrokeColor", _int
)  # object, out red, green, blue, alpha
object_clip = _bulk_function("FPDFPageObj_GetClipPath", _handle)  # object
clip_path_count = _bulk_function("FPDFClipPath_CountPaths", _int)  # clip
clip_segment_count = _bulk_function("FPDFClipPath_CountPathSegments", _int)  # clip, index
clip_segment = _bulk_function("FPDFClipPath_GetPathSegment", _handle)  # clip, index, index
object_mark_count = _bulk_function("FPDFPageObj_CountMarks", _int)  # object
object_mark = _bulk_function("FPDFPageObj_GetMark", _handle)  # object, index
mark_value_type = _bulk_function("FPDFPageObjMark_GetParamValueType", _int)  # mark, key
mark_remove_value = _function("FPDFPageObjMark_RemoveParam", _int, _handle, _handle, ctypes.c_char_p)

path_draw_mode = _bulk_function("FPDFPath_GetDrawMode", _int)  # path, out fill mode, out stroke
path_segment_count = _bulk_function("FPDFPath_CountSegments", _int)  # path
path_segment = _bulk_function("FPDFPath_GetPathSegment", _handle)  # path, index
segment_type = _bulk_function("FPDFPathSegment_GetType", _int)  # segment
segment_point = _bulk_function("FPDFPathSegment_GetPoint", _int)  # segment, out x, out y
segment_closes = _bulk_function("FPDFPathSegment_GetClose", _int)  # segment

load_text = _function("FPDFText_LoadPage", _handle, _handle)
close_text = _function("FPDFText_ClosePage", None, _handle)
char_count = _function("FPDFText_CountChars", _int, _handle)
char_text = _function("FPDFText_GetText", _int, _handle, _int, _int, _out)
char_unicode = _bulk_function("FPDFText_GetUnicode", _uint)  # text page, index
char_object = _bulk_function("FPDFText_GetTextObject", _handle)  # text page, index
char_is_generated = _bulk_function("FPDFText_IsGenerated", _int)  # text page, index
char_loose_box = _bulk_function("FPDFText_GetLooseCharBox", _int)  # text page, index, out 4 floats
char_origin = _bulk_function("FPDFText_GetCharOrigin", _int)  # text page, index, out x, out y
char_matrix = _bulk_function("FPDFText_GetMatrix", _int)  # text page, index, out 6 floats
char_font_size = _bulk_function("FPDFText_GetFontSize", _double)  # text page, index

text_font = _bulk_function("FPDFTextObj_GetFont", _handle)  # text object
text_font_size = _bulk_function("FPDFTextObj_GetFontSize", _int)  # text object, out size
text_render_mode = _bulk_function("FPDFTextObj_GetTextRenderMode", _int)  # text object
text_set_render_mode = _bulk_function("FPDFTextObj_SetTextRenderMode", _int)  # text object, mode
font_descent = _function("FPDFFont_GetDescent", _int, _handle, _float, _out)
font_glyph_width = _function("FPDFFont_GetGlyphWidth", _int, _handle, _uint, _float, _out)


def run(calls: Iterable[Any]) -> None:
    """Perform lazily mapped calls whose results are not wanted."""
    deque(calls, maxlen=0)


class Buffer:
    """A block of `count` C numbers for PDFium to write into. `address` is where it begins."""

    def __init__(self, count: int, code: str) -> None:
        self.code = code
        self.size = {"h": 2, "f": 4, "i": 4, "d": 8}[code]
        self._bytes = count * self.size
        self._block = bytearray(max(self._bytes, 1))
        self._exported = ctypes.c_char.from_buffer(self._block)
        self.address = ctypes.addressof(self._exported)

    def clear(self, count: int) -> None:
        """Set the first `count` numbers to zero."""
        ctypes.memset(self.address, 0, count * self.size)

    def pointers(self) -> Iterator[Any]:
        """Return a pointer to each number."""
        return map(pointer, range(self.address, self.address + self._bytes, self.size))

    def values(self) -> list[Any]:
        """Return all numbers."""
        return self.view().tolist()

    def view(self) -> memoryview:
        """Return the numbers where they stand."""
        return memoryview(self._block)[: self._bytes].cast(self.code)  # type: ignore[call-overload,no-any-return]

    def raw(self) -> bytes:
        """Return the block as bytes."""
        return bytes(self._block[: self._bytes])


KEPT = 16384
"""Numbers. `gather` keeps one block of this length of each kind, with a pointer to every number."""


@lru_cache(maxsize=3)
def _kept(code: str) -> tuple[Buffer, memoryview, list[Any]]:
    block = Buffer(KEPT, code)
    return block, block.view(), list(block.pointers())


def gather(
    function: Callable[..., Any],
    count: int,
    numbers: int,
    *arguments: Iterable[Any],
    struct: bool = False,
    code: str = "f",
) -> list[list[Any]]:
    """Call `function` `count` times and return what it writes: `numbers` lists of `count` numbers each.

    It writes single numbers through as many pointers, or with `struct` all of them through one.
    """
    total = count * numbers
    if total <= KEPT:
        block, view, pointers = _kept(code)
        block.clear(total)  # a call that fails writes nothing, and must not leave numbers of another
    else:
        block = Buffer(total, code)
        view, pointers = block.view(), list(block.pointers())
    if struct:
        run(map(function, *arguments, pointers[:total:numbers]))
        return [view[column:total:numbers].tolist() for column in range(numbers)]
    starts = range(0, total, count) if count else [0] * numbers
    run(map(function, *arguments, *(pointers[start : start + count] for start in starts)))
    return [view[start : start + count].tolist() for start in starts]


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the matrix that applies `inner` first, then `outer` (PDF's row-vector order)."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def is_identity(matrix: Matrix) -> bool:
    """Whether the matrix leaves every point where it is."""
    return matrix == IDENTITY
