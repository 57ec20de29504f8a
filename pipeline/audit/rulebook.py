"""The rulebook as data: what `expectations/identities/*.yaml` may say, validated.

Belongs here: the models of identities and rules, loading, the fingerprint. Does not: how an identity is
executed (`sql`, `engine`) or what follows from a result (`gate`). How to read an entry is explained at the
head of `expectations/identities/within_form.yaml`.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.config import PROJECT_DIR
from pipeline.facts import FLAG_KINDS, FLAW_KINDS
from pipeline.staging import fingerprint

IDENTITIES_DIR = PROJECT_DIR / "expectations" / "identities"
DEPARTMENT_CHANGES = PROJECT_DIR / "dbt_project" / "seeds" / "department_change.csv"

PRIOR = "prior"
"""Stands before the form of a cell of the year before."""

CODE_TABLES = tuple(
    PROJECT_DIR / "dbt_project" / "seeds" / f"{name}.csv"
    for name in ("functional_subject", "functional_class", "economic_subject")
)
"""The classification codes and their names, in this order."""

FormCode = Annotated[str, Field(pattern=r"^(F(0[1-9]|10)|TEXT)$")]
CheckId = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]*(-[A-Z0-9]+)*|[a-z]+(_[a-z]+)*)$")]
Severity = Literal["H", "W", "I"]
Attribute = Literal["row", "code", "parent_code", "class_code", "line_item", "fund", "measure"]
Rows = Literal["total", "subjects", "top_level", "leaves", "children", "lines"]
Relation = Literal["=", "same", ">=", "<=", "present", "zero_with", "above_zero_with"]
Pending = Literal["not_applicable", "not_evaluable"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Selector(_Model):
    """Which cells: every condition given must hold; rows that are parts (其中) never match.

    `side` is income or expenditure in F01 and F04, and the section in TEXT (the narrative). `year: prior`
    takes the cells of the same department's report for the year before (years.yaml only).
    `items` and `except_items` are line items of the form dictionary, a trailing `*` standing for any ending;
    `classes` are the first three digits of a code; `filled` leaves blank cells out.
    """

    form: FormCode
    year: Literal["this", "prior"] = "this"
    side: str | None = None
    rows: tuple[Rows, ...] = ()
    items: tuple[str, ...] = ()
    except_items: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    except_measures: tuple[str, ...] = ()
    filled: bool = False

    @property
    def cell_form(self) -> str:
        """The form as `audit_cell` names it: `F01`, or `prior F01` in the report for the year before."""
        return self.form if self.year == "this" else f"{PRIOR} {self.form}"


class Term(Selector):
    """Cells that take part with a weight. `as` maps an attribute of the groups to another of the cell.

    `absent`: a term without any cell makes the comparison not evaluable (`missing`), adds nothing, or does so
    only where every other amount of the group is zero (`if_zero`).
    """

    weight: Literal[1, -1] = 1
    renamed: dict[Attribute, Attribute] = Field(default={}, alias="as")
    absent: Literal["missing", "nothing", "if_zero"] = "missing"


class Comparison(_Model):
    """A reported amount against the sum of computed terms."""

    reported: Term
    computed: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """The reported term first."""
        return (self.reported, *self.computed)


class Case(Comparison):
    """One comparison per group of an identity; see the head of within_form.yaml for the fields.

    `constant` is added to the computed terms.
    """

    per: tuple[Attribute, ...] = ()
    relation: Relation = "="
    constant: Decimal = Decimal(0)
    groups_from: Literal["both", "reported", "computed"] = "both"
    subject: str | None = None
    severity: Severity | None = None
    forms: tuple[FormCode, ...] | None = None
    if_present: Selector | None = None
    if_absent: Selector | None = None
    if_none: Pending = "not_evaluable"
    blank_parts: Literal["fail", "not_evaluable"] = "fail"

    @model_validator(mode="after")
    def _groups_are_named(self) -> "Case":
        if self.subject is not None and set(self.per) - {"measure", "fund"}:
            raise ValueError("`subject` names the only row of a case, which has no groups by row")
        for term in self.terms:
            if unknown := set(term.renamed) - set(self.per):
                raise ValueError(f"`as` maps {sorted(unknown)}, which `per` does not name")
        return self


class Identity(_Model):
    """An identity of the rulebook."""

    id: CheckId
    title: str
    severity: Severity
    forms: tuple[FormCode, ...]
    source: str
    exceptions: tuple[str, ...] = ()
    keep: Literal["all", "failures"] = "all"
    only_if: Comparison | None = None
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


class Ratio(_Model):
    """A printed percentage of the narrative against what it is a percentage of, per group.

    `part` and `whole` are sums of terms; the percentage is `reported`. `whole_of`: each group has
    a whole of its own, or the report has one. `sign` takes the percentage as the words before it sign
    it, or its size (`ignored`).
    """

    per: tuple[Attribute, ...] = ()
    reported: Term
    part: tuple[Term, ...]
    whole: tuple[Term, ...]
    whole_of: Literal["group", "report"] = "group"
    sign: Literal["kept", "ignored"] = "kept"
    if_present: Selector | None = None
    if_absent: Selector | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        """The percentage first, then part and whole."""
        return (self.reported, *self.part, *self.whole)


class Percentage(_Model):
    """A check of percentages; `ratios` are its cases."""

    id: CheckId
    title: str
    severity: Severity
    source: str
    exceptions: tuple[str, ...] = ()
    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1)]


class Direction(_Model):
    """A word of comparison (增加, 大于, 持平 …) against the difference it speaks of, per subject.

    `side` and `metrics` name the words; `more` and `less` are the terms whose difference decides.
    """

    side: str
    metrics: tuple[str, ...]
    more: tuple[Term, ...]
    less: tuple[Term, ...] = ()


class Directions(_Model):
    """A check of words of comparison; `words` maps each kind of word to what it is printed as."""

    id: CheckId
    title: str
    severity: Severity
    source: str
    exceptions: tuple[str, ...] = ()
    words: Mapping[Literal["more", "less", "same", "different"], tuple[str, ...]]
    directions: Annotated[tuple[Direction, ...], Field(min_length=1)]


class _Rule(_Model):
    id: CheckId
    title: str
    severity: Severity
    source: str
    exceptions: tuple[str, ...] = ()


class FormsPresent(_Rule):
    """Listed and required forms are there, once; `doubled` is the severity of one printed again."""

    kind: Literal["forms_present"]
    doubled: Severity
    never_empty: tuple[FormCode, ...]


class Duplicates(_Rule):
    """Cells printed more than once agree; with `narrative`, figures stated more than once in one section."""

    kind: Literal["duplicates"]
    narrative: bool = False


class FormScope(_Rule):
    """What the title or note of a form says about its scope; the first scope with a word found holds."""

    kind: Literal["form_scope"]
    form: FormCode
    scopes: dict[str, tuple[str, ...]]


class Reading(_Rule):
    """Pages were read as they are printed: no flag of these kinds in a form.

    `readings` are the ways of reading that can raise them; amounts read in another way are not covered.
    """

    kind: Literal["reading"]
    flags: tuple[str, ...]
    readings: tuple[str, ...]

    @model_validator(mode="after")
    def _flags_are_known(self) -> "Reading":
        if unknown := set(self.flags) - set(FLAG_KINDS):
            raise ValueError(f"no kinds of flags: {', '.join(sorted(unknown))}")
        return self


class Parents(_Rule):
    """Where a form prints a level of classification codes, it prints it above every code below."""

    kind: Literal["parents"]
    forms: tuple[FormCode, ...]


class Wording(_Rule):
    """The narrative has no slips of these kinds (`facts.FLAW_KINDS`)."""

    kind: Literal["wording"]
    flaws: tuple[str, ...]

    @model_validator(mode="after")
    def _flaws_are_known(self) -> "Wording":
        if unknown := set(self.flaws) - set(FLAW_KINDS):
            raise ValueError(f"no kinds of slips: {', '.join(sorted(unknown))}")
        return self


class YearEnd(_Rule):
    """A date of the narrative, a metric of a section (`side`), is the last day of the fiscal year."""

    kind: Literal["year_end"]
    side: str
    metric: str


class YearIdentity(Identity):
    """An identity between a report and that for the year before: a warning or information, never hard."""

    severity: Literal["W", "I"]


class YearPercentage(Percentage):
    """A check of percentages between a report and that for the year before; never hard."""

    severity: Literal["W", "I"]


class EvaluationCheck(_Rule):
    """A check of the performance self-evaluations; the head of evaluation.yaml explains the fields."""

    check: Literal[
        "rate",
        "sources",
        "budget_score",
        "weights",
        "scores",
        "rating",
        "adjustment",
        "deviation",
        "execution_indicator",
        "three_public",
        "project_money",
        "initial_budget",
        "formula",
    ]
    formula: Literal["under", "over"] | None = None
    indicators: tuple[str, ...] = ()
    formulas: tuple[Decimal, ...] = ()
    grades: dict[str, Decimal] = {}


class LabelCheck(_Rule):
    """A check of what a report says about itself; the head of labels.yaml explains the fields."""

    check: Literal[
        "year",
        "department",
        "contents",
        "empty_form",
        "declared",
        "unit",
        "code_names",
        "listed_names",
    ]
    aliases: dict[str, str] = {}
    before: str = "$."
    fillers: tuple[str, ...] = ()
    sections: dict[FormCode, str] = {}
    metrics: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    half_denials: tuple[str, ...] = ()
    totals: tuple[tuple[FormCode, str, str, str, str], ...] = ()
    groups: dict[str, tuple[str, ...]] = {}


Rule = Annotated[
    FormsPresent | Duplicates | FormScope | Parents | Reading | Wording | YearEnd, Field(discriminator="kind")
]


class Rulebook(_Model):
    """All identities and rules, in the order of their files."""

    identities: tuple[Identity, ...]
    rules: tuple[Rule, ...]
    percentages: tuple[Percentage, ...] = ()
    directions: tuple[Directions, ...] = ()
    evaluations: tuple[EvaluationCheck, ...] = ()
    year_identities: tuple[YearIdentity, ...] = ()
    year_percentages: tuple[YearPercentage, ...] = ()
    labels: tuple[LabelCheck, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Rulebook":
        ids = [*self.ids(), *(entry.id for entry in self.evaluations), *self.year_ids()]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"ids used twice: {', '.join(doubled)}")
        return self

    @model_validator(mode="after")
    def _one_report_has_no_prior(self) -> "Rulebook":
        cases = [(i.id, case.terms) for i in self.identities for case in i.cases]
        cases += [(p.id, ratio.terms) for p in self.percentages for ratio in p.ratios]
        if misplaced := sorted({i for i, terms in cases if any(term.year != "this" for term in terms)}):
            raise ValueError(f"`year: prior` belongs into years.yaml: {', '.join(misplaced)}")
        return self

    def entries(self) -> tuple[Rule | Identity | Percentage | Directions | LabelCheck, ...]:
        """Return every check that answers for every report, rules first.

        `evaluations` answer per annex, checks across years per pair of reports.
        """
        return (*self.rules, *self.identities, *self.percentages, *self.directions, *self.labels)

    def ids(self) -> list[str]:
        """Return the ids of every check that answers for every report, rules first."""
        return [entry.id for entry in self.entries()]

    def year_entries(self) -> tuple[YearIdentity | YearPercentage, ...]:
        """Return the checks across years, which answer for pairs of reports."""
        return (*self.year_identities, *self.year_percentages)

    def year_ids(self) -> list[str]:
        """Return the ids of the checks across years."""
        return [entry.id for entry in self.year_entries()]

    def titles(self) -> dict[str, str]:
        """Return what each check says, by id."""
        titles = {entry.id: entry.title for entry in (*self.entries(), *self.evaluations)}
        return titles | {entry.id: entry.title for entry in self.year_entries()}

    def across_years(self) -> "Rulebook":
        """Return the checks across years as a rulebook of their own, for the relations of `years`."""
        return Rulebook.model_construct(
            identities=self.year_identities, rules=(), percentages=self.year_percentages
        )


def _filled_in(node: Any, name: str, value: str) -> Any:
    """Return `node` with `{name}` replaced in every string of it."""
    if isinstance(node, str):
        return node.replace(f"{{{name}}}", value)
    if isinstance(node, list):
        return [_filled_in(item, name, value) for item in node]
    if isinstance(node, dict):
        return {key: _filled_in(inner, name, value) for key, inner in node.items()}
    return node


def _spelled_out(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries with those that hold for several forms, or have cases for several values, repeated."""
    spelled: list[dict[str, Any]] = []
    for entry in entries:
        forms = entry.pop("each_form", None)
        spelled += [_filled_in(entry, "form", form) for form in forms] if forms else [entry]
    for entry in spelled:
        for kind in ("cases", "ratios"):
            cases = []
            for case in entry.get(kind, []):
                values = case.pop("each", None)
                cases += [_filled_in(case, "each", value) for value in values] if values else [case]
            if cases:
                entry[kind] = cases
    return spelled


def load_rulebook(folder: Path = IDENTITIES_DIR) -> Rulebook:
    """Return the rulebook in the YAML files of `folder`.

    Raises pydantic.ValidationError naming the entry, KeyError naming an unknown kind, or yaml.YAMLError
    naming the line.
    """
    kinds: dict[str, list[dict[str, Any]]] = {name: [] for name in Rulebook.model_fields}
    for file in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for name, entries in content.items():
            kinds[name] += _spelled_out(entries)
    return Rulebook.model_validate(kinds)


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """Return the project's rulebook, loaded once."""
    return load_rulebook()


def rulebook_fingerprint() -> str:
    """Return the fingerprint of everything that decides a check result: the identities and the engine.

    The changes of departments decide which reports are compared across years.
    """
    here = Path(__file__).parent
    code = [file for file in here.glob("*.py") if file.name not in ("gate.py", "suites.py")]
    return fingerprint([*IDENTITIES_DIR.glob("*.yaml"), DEPARTMENT_CHANGES, *CODE_TABLES, *code])
