"""Sentences of the narrative by which a report names itself, its year, or what it has not, as facts.

Belongs here: looking at a sentence by the patterns of `dictionary/labels.yaml`. Does not: going through the
text (`claims`), lines that are no sentences (`forms.labels`), or whether they agree (`audit`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml

from pipeline.facts import Label
from pipeline.forms import text
from pipeline.forms.department import plain_name
from pipeline.narrative.grammar import DICTIONARY_DIR
from pipeline.narrative.sentences import Paragraph


def labels_in(
    paragraph: Paragraph, start: int, end: int, section: str, key: str, locator: Callable[[int], str]
) -> Iterator[Label]:
    """Yield the label that a sentence is, if it is one, not numbered yet; `locator` says where a page is."""
    words = _words()
    if not paragraph.plain[start:end].endswith("。"):
        return  # a title or a caption
    found = words.subject.match(text.western_years(paragraph.plain[start:end]))
    if not found and section not in words.declared:
        return
    page = paragraph.page(start)
    box = paragraph.box(start, end, page)
    name = plain_name(found["name"]) if found and found["name"] else None
    yield Label(
        report_key=key,
        label_no=0,
        place="narrative",
        form_code=None,
        section=section,
        text_printed=paragraph.printed[start:end],
        fiscal_year=int(found["year"]) if found else None,
        department_name=name,
        page=page,
        x0=box.x0 if box else None,
        top=box.top if box else None,
        x1=box.x1 if box else None,
        bottom=box.bottom if box else None,
        locator=locator(page),
    )


@dataclass(frozen=True)
class _Words:
    declared: frozenset[str]
    subject: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    words = yaml.safe_load((DICTIONARY_DIR / "labels.yaml").read_text(encoding="utf-8"))
    return _Words(frozenset(words["declared"]), re.compile(words["subject"]))
