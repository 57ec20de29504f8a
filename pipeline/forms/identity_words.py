"""The words by which a report says what it is, from `dictionary/identity.yaml`.

Belongs here: loading them and asking for them. Does not: any Chinese word of its own, or what follows from
one (`identify`, `department`, `places`).
"""

import re
from functools import lru_cache

import yaml

from pipeline.forms.catalogue import DICTIONARY_DIR


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[re.Pattern[str], ...]]:
    data = yaml.safe_load((DICTIONARY_DIR / "identity.yaml").read_text(encoding="utf-8"))
    return {word: tuple(re.compile(pattern) for pattern in patterns) for word, patterns in data.items()}


def patterns(word: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns listed under `word`; raises KeyError where the dictionary has no such entry."""
    return _words()[word]


def quote(word: str, text: str) -> str | None:
    """Return what of squeezed `text` the first matching pattern of `word` matches, None where none does."""
    return next((found.group() for pattern in patterns(word) if (found := pattern.search(text))), None)


def says(word: str, text: str) -> bool:
    """Tell whether squeezed `text` matches a pattern of `word`."""
    return quote(word, text) is not None


def without(word: str, text: str, instead: str = "") -> str:
    """Return squeezed `text` with all that the patterns of `word` match replaced by `instead`."""
    for pattern in patterns(word):
        text = pattern.sub(instead, text)
    return text
