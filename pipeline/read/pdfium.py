"""PDFium's C functions, called with the least overhead Python allows.

Belongs here: declarations of the functions the reader calls, and how their results are fetched in bulk.
Does not: what the results mean on a page (`paths`, `chars`).

The functions are those of the library pypdfium2 has loaded, taken by address, so that there is one PDFium
in the process. They take handles and buffer addresses as plain integers and keep the GIL: a call lasts well
under a microsecond, and PDFium must not be entered by two threads anyway. Calls over many objects run as
one `map`, which spares the interpreter's loop; PDFium writes into one buffer, which is decoded at once.
"""

import ctypes
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from pypdfium2 import raw

OBJECT_TEXT, OBJECT_PATH, OBJECT_IMAGE, OBJECT_FORM = 1, 2, 3, 5
SEGMENT_LINE, SEGMENT_CURVE, SEGMENT_MOVE = 0, 1, 2
RENDER_STROKE = 1

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_handle, _int, _uint = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
_float, _double, _out = ctypes.c_float, ctypes.c_double, ctypes.c_void_p


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    if address is None:
        raise ImportError(f"pypdfium2 has no {name}")
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


load_page = _function("FPDF_LoadPage", _handle, _handle, _int)
close_page = _function("FPDF_ClosePage", None, _handle)
page_rotation = _function("FPDFPage_GetRotation", _int, _handle)
page_media_box = _function("FPDFPage_GetMediaBox", _int, _handle, _out, _out, _out, _out)
page_visible_box = _function("FPDF_GetPageBoundingBox", _int, _handle, _out)

page_object_count = _function("FPDFPage_CountObjects", _int, _handle)
page_object = _function("FPDFPage_GetObject", _handle, _handle, _int)
form_object_count = _function("FPDFFormObj_CountObjects", _int, _handle)
form_object = _function("FPDFFormObj_GetObject", _handle, _handle, ctypes.c_ulong)
object_type = _function("FPDFPageObj_GetType", _int, _handle)
object_matrix = _function("FPDFPageObj_GetMatrix", _int, _handle, _out)
object_bounds = _function("FPDFPageObj_GetBounds", _int, _handle, _out, _out, _out, _out)
object_transform = _function("FPDFPageObj_Transform", None, _handle, *[_double] * 6)
object_fill_colour = _function("FPDFPageObj_GetFillColor", _int, _handle, _out, _out, _out, _out)
object_mark_count = _function("FPDFPageObj_CountMarks", _int, _handle)
object_mark = _function("FPDFPageObj_GetMark", _handle, _handle, ctypes.c_ulong)
mark_value_type = _function("FPDFPageObjMark_GetParamValueType", _int, _handle, ctypes.c_char_p)
mark_remove_value = _function("FPDFPageObjMark_RemoveParam", _int, _handle, _handle, ctypes.c_char_p)

path_draw_mode = _function("FPDFPath_GetDrawMode", _int, _handle, _out, _out)
path_segment_count = _function("FPDFPath_CountSegments", _int, _handle)
path_segment = _function("FPDFPath_GetPathSegment", _handle, _handle, _int)
segment_type = _function("FPDFPathSegment_GetType", _int, _handle)
segment_point = _function("FPDFPathSegment_GetPoint", _int, _handle, _out, _out)
segment_closes = _function("FPDFPathSegment_GetClose", _int, _handle)

load_text = _function("FPDFText_LoadPage", _handle, _handle)
close_text = _function("FPDFText_ClosePage", None, _handle)
char_count = _function("FPDFText_CountChars", _int, _handle)
char_text = _function("FPDFText_GetText", _int, _handle, _int, _int, _out)
char_unicode = _function("FPDFText_GetUnicode", _uint, _handle, _int)
char_object = _function("FPDFText_GetTextObject", _handle, _handle, _int)
char_is_generated = _function("FPDFText_IsGenerated", _int, _handle, _int)
char_loose_box = _function("FPDFText_GetLooseCharBox", _int, _handle, _int, _out)
char_origin = _function("FPDFText_GetCharOrigin", _int, _handle, _int, _out, _out)
char_matrix = _function("FPDFText_GetMatrix", _int, _handle, _int, _out)
char_font_size = _function("FPDFText_GetFontSize", _double, _handle, _int)

text_font = _function("FPDFTextObj_GetFont", _handle, _handle)
text_font_size = _function("FPDFTextObj_GetFontSize", _int, _handle, _out)
text_set_render_mode = _function("FPDFTextObj_SetTextRenderMode", _int, _handle, _int)
font_descent = _function("FPDFFont_GetDescent", _int, _handle, _float, _out)
font_glyph_width = _function("FPDFFont_GetGlyphWidth", _int, _handle, _uint, _float, _out)
font_base_name = _function("FPDFFont_GetBaseFontName", ctypes.c_size_t, _handle, _out, ctypes.c_size_t)


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

    def addresses(self, step: int, offset: int = 0) -> range:
        """Return the addresses of every `step`-th number, beginning `offset` numbers in."""
        first = self.address + offset * self.size
        return range(first, self.address + self._bytes, step * self.size)

    def values(self) -> list[Any]:
        """Return all numbers."""
        numbers: list[Any] = memoryview(self._block)[: self._bytes].cast(self.code).tolist()  # type: ignore[call-overload]
        return numbers

    def raw(self) -> bytes:
        """Return the block as bytes."""
        return bytes(self._block[: self._bytes])


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
