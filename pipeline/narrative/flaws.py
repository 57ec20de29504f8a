"""Slips of the narrative's wording as facts: placeholders, leftovers of the template, punctuation, no unit.

Belongs here: looking through a sentence by the patterns of `dictionary/flaws.yaml`. Does not: any word of its
own, going through the text (`claims`), or figures that contradict each other (`audit`).
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import yaml

from pipeline.facts import FLAW_KINDS, TextFlaw
from pipeline.narrative.grammar import DICTIONARY_DIR
from pipeline.narrative.sentences import Paragraph


def flaws_in(
    paragraph: Paragraph, start: int, end: int, section: str, key: str, locator: Callable[[int], str]
) -> Iterator[TextFlaw]:
    """Yield the slips in a sentence of the narrative, not numbered yet; `locator` says where a page is."""
    for kind, at, until in _slips(paragraph.plain, start, end):
        page = paragraph.page(at)
        box = paragraph.box(start, end, page)
        yield TextFlaw(
            report_key=key,
            flaw_no=0,
            kind=kind,
            section=section,
            found=paragraph.printed[at:until],
            sentence=paragraph.printed[start:end],
            page=page,
            x0=box.x0 if box else None,
            top=box.top if box else None,
            x1=box.x1 if box else None,
            bottom=box.bottom if box else None,
            locator=locator(page),
        )


def _slips(plain: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield kind, begin and end of the slips of a sentence; one (。。) may begin with the mark before it."""
    for kind, patterns in _patterns().items():
        found = {
            (slip.start(), slip.end())
            for pattern in patterns
            for slip in pattern.finditer(plain, max(start - 1, 0))
        }
        for at, until in sorted(found):
            if start <= at < end or (at == start - 1 and until > start):
                yield kind, at, until


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    words = yaml.safe_load((DICTIONARY_DIR / "flaws.yaml").read_text(encoding="utf-8"))
    if unknown := words.keys() ^ set(FLAW_KINDS):
        raise ValueError(f"dictionary/flaws.yaml has other kinds than facts.FLAW_KINDS: {', '.join(unknown)}")
    return {kind: [re.compile(pattern) for pattern in patterns] for kind, patterns in words.items()}
