"""Slips of the narrative's wording as facts: placeholders, leftovers of the template, punctuation, no unit.

Belongs here: going through the text by the patterns of `dictionary/flaws.yaml`. Does not: any word of its
own, figures that contradict each other (`audit`), or headings and contents lists, which have no sentences.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import yaml

from pipeline.facts import FLAW_KINDS, ReportFacts, TextFlaw, report_key
from pipeline.narrative.grammar import DICTIONARY_DIR
from pipeline.narrative.position import Position
from pipeline.narrative.sentences import Paragraph, blocks
from pipeline.read.document import PRINTED, Document


def read_flaws(document: Document, facts: ReportFacts) -> tuple[TextFlaw, ...]:
    """Return the slips in the narrative of `document`, in print order; none where it is no final account."""
    if facts.header.report_kind != "final_account":
        return ()
    key = report_key(document.sha256)
    readings = {page.number: page.reading for page in document.pages}
    position = Position()
    flaws: list[TextFlaw] = []
    for block in blocks(document):
        if not isinstance(block, Paragraph):
            continue
        offset = position.enter(block)
        if position.section is None or offset == len(block.plain):
            continue
        for start, end in block.sentences(offset):
            section = position.sentence(block.plain[start:end])
            # what ends the sentence may go on behind it: 。。
            for kind, at, until in _slips(block.plain, start, end):
                page = block.page(at)
                box = block.box(start, end, page)
                headings = position.locator()
                flaws.append(
                    TextFlaw(
                        report_key=key,
                        flaw_no=len(flaws) + 1,
                        kind=kind,
                        section=section,
                        found=block.printed[at:until],
                        sentence=block.printed[start:end],
                        page=page,
                        x0=box.x0 if box else None,
                        top=box.top if box else None,
                        x1=box.x1 if box else None,
                        bottom=box.bottom if box else None,
                        locator=f"page {page}, {headings}" if readings[page] in PRINTED else headings,
                    )
                )
    return tuple(flaws)


def _slips(plain: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield kind, begin and end of the slips that begin in a sentence."""
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
