"""What one paragraph says: its figures with what has been spoken of in mind.

Belongs here: following topics, items, reasons and comparisons through sentences, and naming each figure by
the grammar. Does not: any Chinese word of its own (`dictionary/claims.yaml`), or records (`claims`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.narrative.figures import Figure, figures
from pipeline.narrative.grammar import Measure, Rule, Section, Topic, Words, grammar
from pipeline.narrative.sentences import Paragraph, numbering
from pipeline.narrative.subjects import LEVELS, Subjects

_BOUNDARY = re.compile(r"[，;:。]|,(?!\d{3})")
_CODE = re.compile(r"[23]\d{4}(?:\d\d)?[-—]?")
_BRACKETS = re.compile(r"\([^)]*\)")
_MEASURED = (
    "amount",
    "prior_amount",
    "initial_budget",
    "adjusted_budget",
    "budget",
    "change_amount",
    "change_percent",
)
_CHANGES = ("change_amount", "change_percent", "direction")
_TRIM = " .．·、\"“”'-—"
_LEFT_OVER = ")）"


@dataclass(frozen=True)
class _Spoken:
    """What is spoken of: a topic, the words that named it, and the path of a functional item."""

    topic: Topic
    words: str = ""
    path: tuple[str, ...] = ()
    level: int | None = None

    def subject(self, measure: str, main: Topic) -> str | None:
        """Return the subject of a claim about `measure`."""
        if self.path:
            return "/".join(self.path)
        if self.topic.subject is not None:
            return self.words if self.topic.subject == "printed" else self.topic.subject
        if measure in _CHANGES and self.topic.changes == "printed" and self.topic is not main:
            return self.words
        return None


@dataclass(frozen=True)
class Claim:
    """A claim before it is a record: `start` and `end` are offsets in its paragraph."""

    start: int
    section: str
    metric: str | None
    subject: str | None
    subject_code: str | None
    printed: str
    unit: str | None
    unit_class: str
    is_down: bool
    direction: str | None


@dataclass
class _Change:
    """A comparison that is being told, until its direction is written down."""

    spoken: _Spoken
    basis: str
    start: int
    word: str
    is_told: bool


class Speech:
    """Reads one paragraph, remembering what is spoken of."""

    def __init__(self, paragraph: Paragraph, section: str, year: int | None, subjects: Subjects) -> None:
        self.paragraph = paragraph
        self.year = year
        self.subjects = subjects
        self.plain = paragraph.plain
        self.section = _section(section)
        self.spoken = _Spoken(self.section.main)
        self.basis = "yoy"
        self.in_reason = False
        self.is_fresh = False  # the topic was named in the words before this figure
        self.is_compared = False  # so was what a change is measured against
        self.behind = 0  # the figure before
        self.outside: _Spoken | None = None  # what is spoken of behind the bracket that is open
        self.change: _Change | None = None

    def sentence(self, start: int, end: int, section: str) -> Iterator[Claim]:
        """Yield the claims of the sentence from `start` to `end`, not always in the order of print."""
        book, plain = grammar(), self.plain
        if section != self.section.name:
            self.section = _section(section)
            self.spoken = _Spoken(self.section.main)
        self.in_reason = self.in_reason and bool(book.reason.goes_on.match(plain[start:end]))
        self.start, self.end, self.behind, self.outside = start, end, start, None
        if start == 0 and self.section.numbered_items:
            self._numbered_item()
        whole, at = self.spoken, start
        for date in self.section.dates:
            for found in date.pattern.finditer(plain, start, end):
                yield self._text_claim(found.start("date"), date.metric, None, found.group("date"), "date")
        for first, last, event in self._events():
            self._follow(at, first, before_figure=True)
            if isinstance(event, Figure):
                yield from self._figure(event)
                self.behind = event.end
            elif not self.in_reason:
                yield from self._words(*event)
            # what telling words say of a comparison counts for the figure behind them
            at = last if isinstance(event, Figure) else first
        self._follow(at, end, before_figure=False)
        yield from self._direction()
        if book.parts_begin.search(plain, start, end) and not self.spoken.path:
            self.spoken = whole

    def _events(self) -> list[tuple[int, int, "Figure | tuple[Words, re.Match[str]]"]]:
        """Return figures and telling words of the sentence in order, with where each begins and ends."""
        events: list[tuple[int, int, Figure | tuple[Words, re.Match[str]]]] = [
            (figure.start, figure.end, figure) for figure in figures(self.plain, self.start, self.end)
        ]
        taken = -1
        for words in grammar().words:
            for found in words.pattern.finditer(self.plain, self.start, self.end):
                if found.start() >= taken:
                    events.append((found.start(), found.end(), (words, found)))
                    taken = found.end()
        return sorted(events, key=lambda event: event[0])

    # What is spoken of ---------------------------------------------------------------------------------

    def _follow(self, start: int, end: int, *, before_figure: bool) -> None:
        """Take the words from `start` to `end`: topics, items, reasons, what changes are measured against."""
        self.is_fresh = self.is_compared = False
        begin = start
        if self.outside and (closed := self.plain.find(")", start, end)) >= 0:
            self.spoken, self.outside, begin = self.outside, None, closed + 1
        opened = _open_bracket(self.plain, begin, end) if before_figure else -1
        if opened >= 0:
            self._follow_parts(begin, opened, before_figure)
            self.outside, begin = self.spoken, opened
        self._follow_parts(begin, end, before_figure)
        latest = start
        for basis, pattern in grammar().bases.items():
            for found in pattern.finditer(self.plain, start, end):
                if found.end() > latest:
                    self.basis, latest, self.is_compared = self._basis(basis, found), found.end(), True

    def _follow_parts(self, start: int, end: int, before_figure: bool) -> None:
        """Take the words from `start` to `end`, semicolon by semicolon."""
        for number, (first, last) in enumerate(_parts(self.plain, start, end)):
            # a list of reasons goes on behind a semicolon, another topic does not
            goes_on = number == 0 or bool(grammar().reason.goes_on.match(self.plain[first:last]))
            self.in_reason = self.in_reason and goes_on
            self._follow_part(first, last, before_figure)

    def _follow_part(self, at: int, end: int, before_figure: bool) -> None:
        """Take the words from `at` to `end`: topics where no reasons are given, and whether they are."""
        reason = grammar().reason
        while True:
            if self.in_reason:
                ended = reason.ends.search(self.plain, at, end)
                if ended is None:
                    return
                at = ended.start()
            begun = reason.begins.search(self.plain, at, end)
            self._find_topic(at, begun.start() if begun else end, before_figure)
            self.in_reason = begun is not None
            if begun is None:
                return
            at = begun.end()

    def _basis(self, basis: str, found: re.Match[str]) -> str:
        """Return what a change is measured against: another year than the one before has its own name."""
        year = found.groupdict().get("year")
        is_other = year is not None and self.year is not None and int(year) != self.year - 1
        return f"vs_{year}" if is_other else basis

    def _find_topic(self, start: int, end: int, before_figure: bool) -> None:
        item = self._item(start, end)
        if item:
            self.spoken, self.is_fresh = item, True
            return
        if not before_figure:
            return
        masked = self.plain[start:end]
        for aside in grammar().asides:
            masked = aside.sub(lambda found: " " * len(found.group()), masked)
        best: tuple[int, int] = (0, 0)
        for topic in self.section.topics:
            if topic.words is None or (topic.weak and self.spoken.path):
                continue
            for found in topic.words.finditer(masked):
                reach = (found.end(), found.end() - found.start())
                if reach > best:
                    best = reach
                    if "subject" in found.groupdict():
                        words = self._name(*(start + offset for offset in found.span("subject")))
                    else:
                        words = self.paragraph.printed[start + found.start() : start + found.end()]
                    self.spoken, self.is_fresh = _Spoken(topic, words.strip(_TRIM)), True

    def _item(self, start: int, end: int) -> _Spoken | None:
        """Return the functional item named last between `start` and `end`."""
        if not self.section.generic:
            return None
        for pattern in grammar().items:
            found = None
            for found in pattern.finditer(self.plain, start, end):  # noqa: B007  the last one counts
                pass
            if found:
                groups = found.groupdict()
                names = [self._name(*found.span(part)) for part in groups if groups[part]]
                path = tuple(filter(None, names))
                depths = {"class": 0, "group": 1, "item": 2}
                depth = max((depths[part] for part in groups if part in depths), default=None)
                level = None if depth is None else LEVELS[depth]
                return _Spoken(grammar().item, path[-1], path, level) if path else None
        return None

    def _name(self, start: int, end: int) -> str:
        """Return a name as printed, without what leads to it."""
        head = grammar().generic.head.match(self.plain[start:end])
        begin = start + head.end() if head else start
        return self.paragraph.printed[begin:end].strip(_TRIM).lstrip(_LEFT_OVER)

    def _numbered_item(self) -> None:
        """Take the name that stands alone behind the number of a paragraph as its item."""
        numbered = numbering(self.plain)
        if numbered and numbered[0] > 2:
            code = _CODE.match(self.plain, numbered[1])
            begin = code.end() if code else numbered[1]
            ends = grammar().item_ends.search(self.plain, begin, self.end)
            name = self.paragraph.printed[begin : ends.start() if ends else self.end].strip(_TRIM)
            if name and grammar().generic.name.match(name.translate(_NARROW)):
                self.spoken = _Spoken(grammar().item, name, (name,))

    def _generic(self, clause_start: int, end: int) -> str:
        """Return the name that stands alone before an amount (教育支出 100 万元), empty without one."""
        book = grammar()
        masked = self.plain[clause_start:end]
        for aside in book.asides:
            masked = aside.sub(lambda found: " " * len(found.group()), masked)
        tail = book.generic.tail.search(masked)
        until = tail.start() if tail else len(masked)
        head = book.generic.head.match(masked[:until])
        since = head.end() if head else 0
        name = masked[since:until].rstrip()
        if " " in name:
            since += name.rfind(" ") + 1
            name = name[name.rfind(" ") + 1 :]
        if not book.generic.name.match(name) or book.generic.neutral.match(name):
            return ""
        printed = self.paragraph.printed[clause_start + since : clause_start + since + len(name)].strip(_TRIM)
        return book.generic.level.sub("", printed)

    # Claims --------------------------------------------------------------------------------------------

    def _figure(self, figure: Figure) -> Iterator[Claim]:
        before, after = self.plain[self.start : figure.start], self.plain[figure.end : self.end]
        boundary = None
        for boundary in _BOUNDARY.finditer(before):  # noqa: B007  the last one counts
            pass
        clause_start = self.start + (boundary.end() if boundary else 0)
        clause = self.plain[clause_start : figure.start]
        if self.in_reason:
            yield self._reason(figure, before, clause)
            return
        for rule in self.section.rules:
            if claim := self._ruled(rule, figure, before, after):
                yield claim
                return
        if metric := self.spoken.topic.counts.get(figure.unit_class):
            yield self._placed(figure, self.spoken, metric, "count")
            return
        name = "" if self.is_fresh else self._generic(max(clause_start, self.behind), figure.start)
        is_named = self.is_fresh or (name != "" and name == self.spoken.words)
        measure = self._measure(figure, clause, is_named)
        if measure is None:
            yield self._unplaced(figure)
            return
        if measure.name in _MEASURED and name and not is_named:
            if measure.name not in self.section.generic:
                yield self._unplaced(figure)
                return
            level = None if self.section.numbered_items else LEVELS[0]
            self.spoken = _Spoken(grammar().item, name, (name,), level)
        metric = self.spoken.topic.names[measure.name]
        if measure.name in _CHANGES:
            yield from self._told(figure, clause, measure)
        yield self._placed(figure, self.spoken, metric, measure.name, clause)

    def _measure(self, figure: Figure, clause: str, is_named: bool) -> Measure | None:
        for measure in grammar().measures:
            if measure.unit != figure.unit_class:
                continue
            found = measure.clause.search(clause)
            if found and (not measure.earlier_year or self._is_earlier(found.groupdict().get("year"))):
                return measure
        if figure.unit_class == "money" and is_named:
            return grammar().amount
        return None

    def _is_earlier(self, year: str | None) -> bool:
        return year is None or (self.year is not None and int(year) < self.year)

    def _ruled(self, rule: Rule, figure: Figure, before: str, after: str) -> Claim | None:
        if figure.unit_class not in rule.units or (rule.when and self.spoken.topic.key not in rule.when):
            return None
        subject = rule.subject
        for pattern, words in ((rule.before, before), (rule.after, after)):
            if pattern is not None:
                found = pattern.search(words)
                if found is None:
                    return None
                subject = found.groupdict().get("subject") or subject
        if rule.topic:
            self.spoken = _Spoken(self.section.topic(rule.topic), subject or "")
        subject = subject or self.spoken.subject("rule", self.section.main)
        metric = rule.metric.format(key=self.spoken.topic.key)
        return self._claim(figure, metric, subject, None, self.spoken.topic.section)

    def _reason(self, figure: Figure, before: str, clause: str) -> Claim:
        kind = {"money": "reason_amount", "percent": "reason_percent"}.get(figure.unit_class, "reason_count")
        if figure.unit_class == "bare":
            if not grammar().reason.bare.search(clause):
                return self._unplaced(figure)
            kind = "reason_amount"
        for pattern in grammar().reason.subjects:
            found = pattern.search(before)
            if found and not grammar().generic.neutral.match(found.group("subject")):
                name = found.group("subject").strip(_TRIM)
                return self._claim(figure, kind, name, None, None, clause)
        subject = self.spoken.subject("reason", self.section.main)
        return self._claim(figure, kind, subject, self._code(self.spoken), self.spoken.topic.section, clause)

    def _told(self, figure: Figure, clause: str, measure: Measure) -> Iterator[Claim]:
        """Remember a change, so that its direction is told once."""
        word = self._direction_word(clause)
        change = self.change
        if change is None or (change.spoken, change.basis) != (self.spoken, self.basis):
            yield from self._direction()
            change = self.change = _Change(self.spoken, self.basis, figure.start, word or "", False)
        change.is_told = change.is_told or self.is_compared or measure.name == "change_percent"

    def _direction(self) -> Iterator[Claim]:
        """Yield the direction of the change told last."""
        change, self.change = self.change, None
        if change and change.is_told and change.word:
            metric = change.spoken.topic.names["direction"].format(
                key=change.spoken.topic.key, basis=change.basis
            )
            yield self._text_claim(change.start, metric, change.spoken, change.word, "text")

    def _words(self, words: Words, found: re.Match[str]) -> Iterator[Claim]:
        names = self.spoken.topic.names
        metric = names[words.measure].format(key=self.spoken.topic.key, basis=words.basis or "")
        printed = self.paragraph.printed[slice(*found.span("word"))]
        yield self._text_claim(found.start("word"), metric, self.spoken, printed, "text")

    def _direction_word(self, clause: str) -> str | None:
        """Return the last word of direction before a figure; those in brackets are template residue."""
        last = None
        for found in grammar().direction.finditer(_BRACKETS.sub("", clause)):
            last = found.group()
        return last

    def _placed(
        self, figure: Figure, spoken: _Spoken, metric: str, measure: str, clause: str | None = None
    ) -> Claim:
        metric = metric.format(key=spoken.topic.key, basis=self.basis)
        subject = spoken.subject(measure, self.section.main)
        moves = clause if measure in _CHANGES else None
        return self._claim(figure, metric, subject, self._code(spoken), spoken.topic.section, moves)

    def _unplaced(self, figure: Figure) -> Claim:
        return self._claim(figure, None, None, None, None)

    def _claim(
        self,
        figure: Figure,
        metric: str | None,
        subject: str | None,
        code: str | None,
        section: str | None,
        clause: str | None = None,
    ) -> Claim:
        word = self._direction_word(clause) if clause is not None else None
        unit = self.paragraph.printed[figure.unit_start : figure.end]
        return Claim(
            start=figure.start,
            section=section or self.section.name,
            metric=metric,
            subject=subject,
            subject_code=code,
            printed=figure.printed,
            unit=unit or None,
            unit_class=figure.unit_class,
            is_down=word is not None and grammar().signs[word] == "down",
            direction=word,
        )

    def _text_claim(self, start: int, metric: str, spoken: _Spoken | None, printed: str, kind: str) -> Claim:
        return Claim(
            start=start,
            section=(spoken.topic.section if spoken else None) or self.section.name,
            metric=metric,
            subject=spoken.subject("direction", self.section.main) if spoken else None,
            subject_code=self._code(spoken) if spoken else None,
            printed=printed,
            unit=kind,
            unit_class=kind,
            is_down=False,
            direction=printed if kind == "text" else None,
        )

    def _code(self, spoken: _Spoken) -> str | None:
        return self.subjects.code(spoken.path, spoken.level) if spoken.path else None


_NARROW = str.maketrans("（）", "()")


def _section(name: str) -> Section:
    return grammar().sections.get(name, grammar().other)


def _open_bracket(plain: str, start: int, end: int) -> int:
    """Return where a bracket opens between `start` and `end` that does not close there, -1 if none does."""
    opened = plain.rfind("(", start, end)
    return opened if opened >= 0 and plain.find(")", opened, end) < 0 else -1


def _parts(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts between semicolons from `start` to `end`."""
    while True:
        semicolon = plain.find(";", start, end)
        if semicolon < 0:
            yield start, end
            return
        yield start, semicolon
        start = semicolon + 1
