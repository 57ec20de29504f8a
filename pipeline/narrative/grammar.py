"""The grammar of the narrative (`dictionary/*.yaml`) as typed objects.

Belongs here: loading the dictionaries and the questions that need nothing but a text: which section a heading
opens, which unit follows a number. Does not: any Chinese word of its own, or the state of a reader who goes
through the sentences (`claims`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DICTIONARY_DIR = Path(__file__).parent / "dictionary"
DICTIONARIES = ("figures", "sections", "claims")

Pattern = re.Pattern[str]
OTHER = "other"
"""The section of a heading that the dictionary does not know."""


@dataclass(frozen=True)
class SectionHeads:
    """By which headings a section is known, see `dictionary/sections.yaml`."""

    name: str
    group: str
    heading: tuple[Pattern, ...]
    within: tuple[Pattern, ...]
    lead: tuple[Pattern, ...]
    sentence: tuple[Pattern, ...]


@dataclass(frozen=True)
class Topic:
    """What is spoken of. `names` gives the metric of each measure, `counts` that of each class of units.

    `subject` is the subject of its claims (`printed`: the words found); `changes` is `printed` where changes
    have the words found as their subject and everything else has none. A `weak` topic does not take over from
    an item.
    """

    key: str
    words: Pattern | None
    names: Mapping[str, str]
    counts: Mapping[str, str]
    subject: str | None
    changes: str | None
    section: str | None
    weak: bool = False


@dataclass(frozen=True)
class Measure:
    """What of a topic a figure is."""

    name: str
    unit: str
    clause: Pattern
    earlier_year: bool


@dataclass(frozen=True)
class Rule:
    """A claim that topic and measure cannot tell."""

    units: tuple[str, ...]
    before: Pattern | None
    after: Pattern | None
    when: tuple[str, ...]
    metric: str
    subject: str | None
    topic: str | None


@dataclass(frozen=True)
class Words:
    """A claim of words instead of a figure; `basis` where it is a direction."""

    measure: str
    basis: str | None
    pattern: Pattern


@dataclass(frozen=True)
class DateClaim:
    """A date that is a claim."""

    metric: str
    pattern: Pattern


@dataclass(frozen=True)
class Section:
    """What the figures of one section are. `main` is the topic of a paragraph until another is named."""

    name: str
    group: str
    main: Topic
    topics: tuple[Topic, ...]
    rules: tuple[Rule, ...]
    dates: tuple[DateClaim, ...]
    generic: frozenset[str]
    numbered_items: bool

    def topic(self, key: str) -> Topic:
        """Return the topic `key` of this section; raises KeyError."""
        for topic in self.topics:
            if topic.key == key:
                return topic
        raise KeyError(key)


@dataclass(frozen=True)
class TableClaim:
    """A table inside the narrative: header patterns of its subject and its value column."""

    section: str
    subject: Pattern
    value: Pattern
    metric: str


@dataclass(frozen=True)
class Generic:
    """How the name of an amount without a topic is cut out of the words before it; `neutral` is none."""

    head: Pattern
    tail: Pattern
    name: Pattern
    level: Pattern
    neutral: Pattern


@dataclass(frozen=True)
class Reason:
    """Where reasons begin, which sentences go on with them, where they end, what they are about.

    `bare` stands before a number without a unit that is one of theirs.
    """

    begins: Pattern
    goes_on: Pattern
    ends: Pattern
    bare: Pattern
    subjects: tuple[Pattern, ...]


@dataclass(frozen=True)
class Grammar:
    """The whole grammar. `item` is the topic of what is known by its name only."""

    part_opens: tuple[Pattern, ...]
    part_closes: tuple[Pattern, ...]
    titles: tuple[Pattern, ...]
    heading_ends: Pattern
    heads: tuple[SectionHeads, ...]
    sections: Mapping[str, Section]
    measures: tuple[Measure, ...]
    words: tuple[Words, ...]
    amount: Measure
    item: Topic
    other: Section
    items: tuple[Pattern, ...]
    item_ends: Pattern
    generic: Generic
    reason: Reason
    parts_begin: Pattern
    asides: tuple[Pattern, ...]
    bases: Mapping[str, Pattern]
    tables: tuple[TableClaim, ...]
    units: tuple[tuple[str, str], ...]
    not_unit: Mapping[str, Pattern]
    money_units: Mapping[str, str]
    no_figures: tuple[Pattern, ...]
    signs: Mapping[str, str]
    direction: Pattern

    def opens(self, title: str) -> bool:
        """Tell whether a part with this title is the narrative."""
        return any(pattern.search(title) for pattern in self.part_opens)

    def closes(self, title: str) -> bool:
        """Tell whether a heading ends the narrative."""
        return any(pattern.search(title) for pattern in self.part_closes)

    def is_title(self, plain: str) -> bool:
        """Tell whether a line without numbering is the title of a form or of another part."""
        return any(pattern.search(plain) for pattern in self.titles)

    def headed(self, title: str) -> SectionHeads | None:
        """Return the section that a heading opens whatever came before."""
        for heads in self.heads:
            if any(pattern.search(title) for pattern in heads.heading):
                return heads
        return None

    def inside(self, group: str, title: str, kind: str) -> SectionHeads | None:
        """Return the section of `group` that a title opens; `kind` is within, lead or sentence."""
        for heads in self.heads:
            if heads.group == group and any(pattern.search(title) for pattern in getattr(heads, kind)):
                return heads
        return None

    def unit_at(self, plain: str, offset: int) -> tuple[str, str]:
        """Return the unit that begins at `offset` and its class; an empty unit is of the class `bare`."""
        for unit, unit_class in self.units:
            if plain.startswith(unit, offset):
                stop = self.not_unit.get(unit)
                if stop is None or not stop.match(plain, offset + len(unit)):
                    return unit, unit_class
        return "", "bare"


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """Return the grammar; raises KeyError or re.error, which name the entry, when a dictionary is wrong."""
    figures, sections, claims = (_load(name) for name in DICTIONARIES)
    directions: Mapping[str, list[str]] = figures["directions"]
    signs = {word: sign for sign, words in directions.items() for word in words if sign != "same"}
    compile_ = _Compiler(
        {
            "{direction}": f"(?:{_either(signs)})",
            "{same}": _either(directions["same"]),
        }
    )
    heads = tuple(_heads(entry, compile_) for entry in sections["sections"])
    measures = tuple(
        Measure(entry["measure"], entry["unit"], compile_(entry["clause"]), entry.get("earlier_year", False))
        for entry in claims["measures"]
    )
    whole = _topic({"key": "", "style": "plain"}, {}, claims["styles"], compile_)
    units = [(unit, name) for name, words in figures["units"].items() for unit in words]
    return Grammar(
        part_opens=compile_.all(sections["parts"]["opens"]),
        part_closes=compile_.all(sections["parts"]["closes"]),
        titles=compile_.all(sections["parts"]["titles"]),
        heading_ends=compile_(sections["heading_ends"]),
        heads=heads,
        sections=_sections(claims, heads, compile_),
        measures=measures,
        words=tuple(
            Words(entry["measure"], entry.get("basis"), compile_(entry["pattern"]))
            for entry in claims["words"]
        ),
        amount=next(measure for measure in measures if measure.name == "amount"),
        item=whole,
        other=Section(OTHER, OTHER, whole, (), (), (), frozenset(), numbered_items=False),
        items=compile_.all(claims["items"]),
        item_ends=compile_(claims["item_ends"]),
        generic=Generic(
            *(compile_(claims["generic"][name]) for name in ("head", "tail", "name", "level", "neutral"))
        ),
        reason=Reason(
            compile_(claims["reason"]["begins"]),
            compile_(claims["reason"]["goes_on"]),
            compile_(claims["reason"]["ends"]),
            compile_(claims["reason"]["bare"]),
            compile_.all(claims["reason"]["subjects"]),
        ),
        parts_begin=compile_(claims["parts_begin"]),
        asides=compile_.all(claims["asides"]),
        bases={name: compile_("|".join(patterns)) for name, patterns in claims["bases"].items()},
        tables=tuple(
            TableClaim(
                entry["section"], compile_(entry["subject"]), compile_(entry["value"]), entry["metric"]
            )
            for entry in claims["tables"]
        ),
        units=tuple(sorted(units, key=lambda unit: -len(unit[0]))),
        not_unit={unit: compile_(pattern) for unit, pattern in figures["not_unit"].items()},
        money_units=figures["money_units"],
        no_figures=compile_.all(figures["no_figures"]),
        signs=signs,
        direction=compile_("{direction}"),
    )


def _load(name: str) -> Any:
    # the loader in C, where PyYAML was built with it: a worker process loads the grammar for itself
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((DICTIONARY_DIR / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)


def _either(words: Mapping[str, str] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class _Compiler:
    """Compiles patterns, the word lists that they name put in."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        self.lists = lists

    def __call__(self, pattern: str) -> Pattern:
        for name, words in self.lists.items():
            pattern = pattern.replace(name, words)
        return re.compile(pattern)

    def all(self, patterns: list[str] | None) -> tuple[Pattern, ...]:
        return tuple(self(pattern) for pattern in patterns or ())

    def optional(self, pattern: str | None) -> Pattern | None:
        return self(pattern) if pattern else None


def _heads(entry: Mapping[str, Any], compile_: _Compiler) -> SectionHeads:
    kinds = ("heading", "within", "lead", "sentence")
    return SectionHeads(entry["name"], entry["group"], *(compile_.all(entry.get(kind)) for kind in kinds))


def _sections(
    claims: Mapping[str, Any], heads: tuple[SectionHeads, ...], compile_: _Compiler
) -> dict[str, Section]:
    sections = {}
    for head in heads:
        entry = claims["sections"][head.name]
        named = [
            *entry.get("topics", ()),
            *(t for name in entry.get("shared", ()) for t in claims["shared"][name]),
        ]
        topics = [_topic(topic, entry.get("names", {}), claims["styles"], compile_) for topic in named]
        whole = _topic({"key": "", "style": "plain"}, entry.get("names", {}), claims["styles"], compile_)
        main_key = entry.get("main", "main")
        rules = [*entry.get("rules", ()), *claims["group_rules"].get(head.group, ())]
        sections[head.name] = Section(
            name=head.name,
            group=head.group,
            main=next((topic for topic in topics if topic.key == main_key), whole),
            topics=tuple(topics),
            rules=tuple(_rule(rule, compile_) for rule in rules),
            dates=tuple(
                DateClaim(date["metric"], compile_(date["pattern"])) for date in entry.get("dates", ())
            ),
            generic=frozenset(entry.get("generic", ())),
            numbered_items=entry.get("numbered_items", False),
        )
    return sections


def _topic(
    entry: Mapping[str, Any], section_names: Mapping[str, str], styles: Any, compile_: _Compiler
) -> Topic:
    names = dict(styles[entry["style"]])
    if entry["style"] == "plain":
        names.update(section_names)
    names.update(entry.get("names", {}))
    return Topic(
        key=entry["key"],
        words=compile_.optional(entry.get("words")),
        names=names,
        counts=entry.get("counts", {}),
        subject=entry.get("subject"),
        changes=entry.get("changes"),
        section=entry.get("section"),
        weak=entry.get("weak", False),
    )


def _rule(entry: Mapping[str, Any], compile_: _Compiler) -> Rule:
    units, when = entry["unit"], entry.get("when", [])
    return Rule(
        units=(units,) if isinstance(units, str) else tuple(units),
        before=compile_.optional(entry.get("before")),
        after=compile_.optional(entry.get("after")),
        when=(when,) if isinstance(when, str) else tuple(when),
        metric=entry["metric"],
        subject=entry.get("subject"),
        topic=entry.get("topic"),
    )
