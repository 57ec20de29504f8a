"""Text recognition: where in a picture text stands, and what one line of it says.

Belongs here: the recognition library, made once in each process, and what it needs to run without network
and in one thread. Does not: what is recognised in which order (`scan`).

The library is an extra (`fiscal-warehouse[ocr]`): nothing of it is imported before a page needs it.
"""

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.read.raster import DPI, Picture, PixelBox

LIBRARIES = ("rapidocr", "onnxruntime", "opencv-python-headless")
"""Distributions of the extra; what they recognise depends on their versions."""

INSTALL = "pip install 'fiscal-warehouse[ocr]'"

_DETECTION_DPI = 130
"""Lines are found as well at this resolution as at full, in 40 per cent of the time."""

_VARIANTS = str.maketrans("決減淨況準沖涼凍戶內別沒產黃単収経処", "决减净况准冲凉冻户内别没产黄单收经处")
"""Characters that reports of mainland China do not print, and the ones they are taken for: a dot apart."""

_TURN_SAMPLE = 15
"""So many lines tell which way up a page is."""


class Reading(NamedTuple):
    """What a line says; `confidence` is that of its least certain character, 0 to 1, or 0 without text."""

    text: str
    confidence: float


def is_available() -> bool:
    """Tell whether the libraries of the extra are installed."""
    return all(find_spec(module) is not None for module in ("rapidocr", "onnxruntime", "cv2"))


def recognition_versions() -> list[str]:
    """Return the libraries of the extra with their versions, for a fingerprint; an absent one as such."""
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            found.append(f"{library} absent")
    return found


class Recogniser:
    """The detector, the recogniser and the direction classifier, with the models that the library ships."""

    def __init__(self) -> None:
        import cv2
        import rapidocr

        cv2.setNumThreads(1)  # reading runs in one process per core
        models = Path(rapidocr.__file__).parent / "models"
        self._engine: Any = rapidocr.RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.text_score": 0.0,  # what is hardly legible is kept, and said to be so
                "Global.use_preprocess_img": False,  # pictures come in the right size
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                # narrow crops (0.00) are not filled up to the width of a sentence: 2.5 times as fast
                "Rec.rec_img_shape": [3, 48, 96],
                # named, so that the library does not look for them elsewhere
                "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
                "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            }
        )

    def boxes(self, picture: Picture) -> list[PixelBox]:
        """Return where lines of text stand, from top to bottom."""
        import cv2

        scale = _DETECTION_DPI / DPI
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._engine(small, use_det=True, use_cls=False, use_rec=False).boxes
        if found is None:
            return []
        height, width = picture.shape[:2]
        boxes = []
        for quad in found:
            xs, ys = quad[:, 0] / scale, quad[:, 1] / scale
            box = PixelBox(
                max(0, int(xs.min())),
                max(0, int(ys.min())),
                min(width, int(xs.max()) + 1),
                min(height, int(ys.max()) + 1),
            )
            if box.width > 1 and box.height > 1:
                boxes.append(box)
        return boxes

    def line(self, crop: Picture) -> Reading:
        """Return what the one line of text in `crop` says."""
        if min(crop.shape[:2]) < 2:
            return Reading("", 0.0)
        found = self._engine(crop, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
        text = found.txts[0]
        if not text.strip():
            return Reading("", 0.0)
        characters = zip(text, found.word_results[0].confs, strict=True)
        return Reading(
            text.strip().translate(_VARIANTS),
            float(min(sure for char, sure in characters if not char.isspace())),
        )

    def is_upside_down(self, picture: Picture, boxes: list[PixelBox]) -> bool:
        """Tell whether most of the widest lines stand on their heads."""
        widest = sorted(boxes, key=lambda box: box.width)[-_TURN_SAMPLE:]
        turned = 0
        for box in widest:
            [(label, _)] = self._engine(box.cut(picture), use_det=False, use_cls=True, use_rec=False).cls_res
            turned += label == "180"
        return turned > 0.6 * len(widest) if widest else False


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """Return the recogniser of this process; raises ImportError where the extra is not installed."""
    return Recogniser()
