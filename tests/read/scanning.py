"""PDFs that look as if printed sheets had been scanned, made from PDFs with text.

Chinese characters are painted with the font that OpenCV brings: the sample reports embed none, and a machine
may have none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy
import pypdfium2

from pipeline.read.page import PdfiumFile, PdfiumPage

Picture = Any


@dataclass(frozen=True)
class Scanner:
    """How a sheet comes out: `skew` and `quarters` (of a turn) clockwise, `noise` as a standard deviation of
    grey, `contrast` as a part of black on white, `quality` of the JPEG, a `seal` across the page's middle."""

    dpi: int = 200
    skew: float = 0.0
    quarters: int = 0
    noise: float = 0.0
    blur: float = 0.0
    contrast: float = 1.0
    quality: int = 90
    seal: bool = False


def scan(
    source: Path, target: Path, scanner: Scanner, pages: Collection[int] | None = None, keep: bool = False
) -> Path:
    """Write `pages` (from 1; None: all) of a PDF as pictures to `target`; `keep` takes over the others."""
    written = pypdfium2.PdfDocument.new()
    with PdfiumFile(source, uniform_descent=True) as file:
        for page in file.pages():
            if pages is None or page.page_number in pages:
                picture = scanned(print_out(page, scanner.dpi), scanner, seed=page.page_number)
                _add(written, picture, scanner)
            elif keep:
                written.import_pages(file.document, [page.page_number - 1])
    written.save(target)
    written.close()
    return target


def print_out(page: PdfiumPage, dpi: int) -> Picture:
    """Return a page as a clean picture, with Chinese characters whatever fonts the machine has."""
    sheet = page.file.document[page.index]
    picture = sheet.render(scale=dpi / 72).to_numpy()[:, :, :3].copy()
    sheet.close()
    font = cv2.FontFace("uni")
    for run in page.runs:
        for char, x0 in zip(run.text, run.x0, strict=True):
            if ord(char) > 0x2000 and not char.isspace():
                at = (round(x0 * dpi / 72), round(run.baseline * dpi / 72))
                cv2.putText(picture, char, at, (0, 0, 0), font, round(run.size * dpi / 72 * 0.9))
    return picture


def scanned(picture: Picture, scanner: Scanner, seed: int = 0) -> Picture:
    """Return a clean picture as a scanner of that kind sees it; the same seed gives the same noise."""
    height, width = picture.shape[:2]
    if scanner.seal:
        _stamp(picture, (width // 2, height // 3), height // 7)
    if scanner.skew:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -scanner.skew, 1)
        picture = cv2.warpAffine(picture, matrix, (width, height), borderValue=(255, 255, 255))
    if scanner.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), scanner.blur)
    grains = numpy.random.default_rng(seed).normal(0, scanner.noise, (height, width, 1))
    grey = 255 - (255 - picture.astype(numpy.float32)) * scanner.contrast + grains
    if scanner.noise or scanner.contrast < 1:
        grey -= 12  # paper is not quite white
    picture = numpy.clip(grey, 0, 255).astype(numpy.uint8)
    return numpy.ascontiguousarray(numpy.rot90(picture, -scanner.quarters))


def _stamp(picture: Picture, middle: tuple[int, int], radius: int) -> None:
    """Press a red seal onto the picture: a ring, a star and words; black print shows through."""
    seal = numpy.full_like(picture, 255)
    red = (40, 40, 215)
    cv2.circle(seal, middle, radius, red, max(2, radius // 14))
    points = []
    for i in range(10):
        angle, length = numpy.pi * (i / 5 - 0.5), radius * (0.35 if i % 2 == 0 else 0.14)
        points.append((middle[0] + length * numpy.cos(angle), middle[1] + length * numpy.sin(angle)))
    cv2.fillPoly(seal, [numpy.array(points, numpy.int32)], red)
    at = (middle[0] - round(radius * 0.72), middle[1] + round(radius * 0.7))
    cv2.putText(seal, "决算专用章", at, red, cv2.FontFace("uni"), radius // 4)
    numpy.minimum(picture, seal, out=picture)


def _add(document: pypdfium2.PdfDocument, picture: Picture, scanner: Scanner) -> None:
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, scanner.quality])
    assert ok
    height, width = (side * 72 / scanner.dpi for side in picture.shape[:2])
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(_reader(data.tobytes()), inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    page = document.new_page(width, height)
    page.insert_obj(image)
    page.gen_content()
    page.close()


def _reader(data: bytes) -> Any:
    import io

    return io.BytesIO(data)
