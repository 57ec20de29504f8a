"""Whose accounts a report shows: the department's full official name, and whether it is one unit's alone.

Belongs here: collecting the names that a report prints for itself, and weighing them. Does not: where the
department belongs (`places`), or whether the names agree (`audit`).

A name is printed on the cover, in the captions of the forms, in headings, in the first words of sentences.
No source is always right: a cover may name the superior, a caption may be cut short, a heading may be left
over from somebody else's report. So each source has one vote, and an abbreviation (西安市发改委) votes for
the full name that another source prints (西安市发展和改革委员会).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.forms import text
from pipeline.forms.identity_words import patterns, says, without
from pipeline.forms.outline import Outline
from pipeline.forms.places import begins_with_division, is_bare_division

WEIGHTS = {"cover": 3.0, "captions": 3.0, "headings": 2.0, "sentences": 1.0}
"""Votes of the sources. Captions come from the accounting system, covers from people who know the name."""

FULL_NAME_VOTES = 1.0
"""Own votes that a longer name needs before shorter ones count for it: a slip of one heading is no name."""

LONGEST_HEADING = 90
"""Characters of a heading: a long name, a year, 部门决算情况说明."""


_WORDS = {
    "contents": "name_heading",
    "heading": "name_heading",
    "caption": "name_caption",
}
"""The entry of `dictionary/identity.yaml` that finds a name, by the place of the line."""


@dataclass(frozen=True)
class Department:
    """The name, and in words what decided it. None and an empty text where the report prints no name."""

    name: str | None
    reason: str


def department(outline: Outline) -> Department:
    """Return the full official name that the report prints for its department, brackets full-width."""
    printed = _printed(outline, known_ends=True)
    if not any(printed.values()):
        printed = _printed(outline, known_ends=False)
    shares = {source: _shares(names) for source, names in printed.items()}
    own: dict[str, float] = defaultdict(float)
    for source, names in shares.items():
        for name, share in names.items():
            own[name] += WEIGHTS[source] * share
    if not own:
        return Department(None, "")
    titled = {name for source, names in shares.items() if source != "sentences" for name in names}
    named = [name for name in own if name in titled and own[name] >= FULL_NAME_VOTES] or list(own)
    best = max(named, key=lambda name: (_votes(name, own), own[name], len(name)))
    return Department(best.translate(_FULL_WIDTH), _reason(best, shares))


def scope(outline: Outline) -> str | None:
    """Return whose accounts these are, of facts.SCOPES; None where the report does not say."""
    title = outline.title
    if says("own_level", title):
        return "unit"
    captions = _raw_captions(outline)
    if captions and all(says("own_level", caption) for caption in captions):
        return "unit"
    headings = [line for line in _headings(outline.lines) if says("name_heading", line)]
    for texts in ([title], [*outline.contents, *headings]):
        said = {
            scope: sum(says(f"scope_{scope}", line) for line in texts) for scope in ("department", "unit")
        }
        if said["department"] != said["unit"]:
            return max(said, key=lambda scope: said[scope])
    return None


def named_in(plain: str, place: str) -> str | None:
    """Return the department that a squeezed line names, brackets full-width; None where it names none.

    `place`, contents, heading or caption (facts.LABEL_PLACES), decides how a name is told from other words.
    """
    raw = next(_matches(_WORDS[place], [plain]), None)
    return plain_name(raw) if raw else None


def plain_name(raw: str) -> str | None:
    """Return a printed name without code, year and 本级, brackets full-width; None for what names nobody."""
    name = _name(raw, known_ends=True)
    return name.translate(_FULL_WIDTH) if name else None


def named_on_cover(outline: Outline) -> str | None:
    """Return the department that the cover names, None where it names none."""
    return next((name for raw in _on_cover(outline) if (name := plain_name(raw))), None)


def _printed(outline: Outline, known_ends: bool) -> dict[str, list[str]]:
    """Return the names that each source prints, as often as it prints them.

    `known_ends`: only those that end like names of departments do (局, 中心); sentences give no others.
    """
    sources: dict[str, Iterable[str]] = {
        "cover": _on_cover(outline),
        "captions": _raw_captions(outline),
        "headings": _matches("name_heading", _headings(outline.lines)),
        "sentences": _matches("name_sentence", outline.lines) if known_ends else [],
    }
    names = {
        source: [name for text in texts if (name := _name(text, known_ends))]
        for source, texts in sources.items()
    }
    return {**names, "cover": names["cover"][:1]}


def _headings(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that may be headings, and those that break over two lines in one."""
    for line, below in zip(lines, [*lines[1:], ""], strict=False):
        if len(line) > LONGEST_HEADING or not says("heading_word", line):
            continue
        yield line
        is_torn = line.startswith("第") and not below.startswith("第")
        if is_torn and not says("name_heading", line):
            yield line + below


def _raw_captions(outline: Outline) -> list[str]:
    return list(_matches("name_caption", outline.captions))


def _on_cover(outline: Outline) -> Iterator[str]:
    """Yield what may be the name on the cover: behind a label, then what is left beside year and title."""
    yield from _matches("name_caption", outline.cover)
    yield from (value for label, value in outline.cells if says("name_label", label))
    lines = list(outline.cover)
    # 郑州市 on a line of its own above 郑州市教育局 is not part of the name
    lines = [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=False)
        if not (is_bare_division(line) and below.startswith(line))
    ]
    title = "".join(lines)
    if says("beside_name", title):
        yield from without("beside_name", title, "\n").split("\n")


def _matches(word: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the names that the patterns of `word` find, one for each line."""
    for line in lines:
        found = next((found for pattern in patterns(word) if (found := pattern.search(line))), None)
        if found:
            yield found.group(1)


def _name(raw: str, known_ends: bool) -> str | None:
    """Return a printed name without code, year, 附件 and 本级; None for what is no department's name."""
    name, before = raw, None
    while before != name:
        before, name = name, without("behind_name", without("before_name", name))
    if name.startswith("(") and name.find(")") == len(name) - 1:
        name = name[1:-1]
    shortest = 2
    if len(name) < shortest or not text.has_words(name) or says("no_organ", name) or is_bare_division(name):
        return None
    return name if says("organ", name) or not known_ends else None


def _shares(names: Sequence[str]) -> Mapping[str, float]:
    counts = Counter(names)
    return {name: count / len(names) for name, count in counts.items()}


def _votes(name: str, own: Mapping[str, float]) -> float:
    """Return the votes for `name`, for its abbreviations, and for `name` behind its superior's."""
    return own[name] + sum(
        votes for other, votes in own.items() if _abbreviates(other, name) or _ends_with_full(other, name)
    )


def _ends_with_full(compound: str, name: str) -> bool:
    """Tell whether `compound` is a superior's name and then the full `name`: 某某市教育局某某市第一中学."""
    before = compound.removesuffix(name)
    return before not in ("", compound) and begins_with_division(name) and says("organ", before)


def _abbreviates(short: str, full: str) -> bool:
    """Tell whether `short` is `full` with characters left out, and no full name behind its superior's."""
    if len(short) >= len(full) or short[-1] not in full:
        return False
    rest = iter(full)
    if not all(char in rest for char in short):
        return False
    return not _ends_with_full(full, short)


def _reason(best: str, shares: Mapping[str, Mapping[str, float]]) -> str:
    """Return what speaks for the name, and the other names printed, by source."""
    own = [
        source if share == 1 else f"{source} ({share:.0%})"
        for source, names in shares.items()
        if (share := names.get(best, 0))
    ]
    others = [
        f"{name} ({source})"
        for source, names in shares.items()
        if source != "sentences"
        for name in names
        if name != best
    ]
    also = f"; also printed: {', '.join(others[:3])}" if others else ""
    return ", ".join(own) + also


_FULL_WIDTH = str.maketrans("()", "（）")
