"""The rulebook as data: what `expectations/identities/*.yaml` may say, validated.

Belongs here: the models of identities and rules, loading, the fingerprint. Does not: how an identity is
executed (`sql`, `engine`) or what follows from a result (`gate`). How to read an entry is explained at the
head of `expectations/identities/within_form.yaml`.
"""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.config import PROJECT_DIR
from pipeline.staging import fingerprint

IDENTITIES_DIR = PROJECT_DIR / "expectations" / "identities"

FormCode = Annotated[str, Field(pattern=r"^F(0[1-9]|10)$")]
CheckId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$")]
Severity = Literal["H", "W", "I"]
Attribute = Literal["row", "code", "parent_code", "class_code", "line_item", "fund", "measure"]
Rows = Literal["total", "subjects", "top_level", "leaves", "children", "lines"]
Relation = Literal["=", "same", ">=", "<=", "present"]
Pending = Literal["not_applicable", "not_evaluable"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Selector(_Model):
    """Which cells: every condition given must hold; rows that are parts (其中) never match.

    `items` and `except_items` are line items of the form dictionary, a trailing `*` standing for any ending;
    `classes` are the first three digits of a code; `filled` leaves blank cells out.
    """

    form: FormCode
    side: Literal["income", "expenditure"] | None = None
    rows: tuple[Rows, ...] = ()
    items: tuple[str, ...] = ()
    except_items: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    except_measures: tuple[str, ...] = ()
    filled: bool = False


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
    """One comparison per group of an identity; see the head of within_form.yaml for the fields."""

    per: tuple[Attribute, ...] = ()
    relation: Relation = "="
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
    """Cells printed more than once agree."""

    kind: Literal["duplicates"]


class FormScope(_Rule):
    """What the title or note of a form says about its scope; the first scope with a word found holds."""

    kind: Literal["form_scope"]
    form: FormCode
    scopes: dict[str, tuple[str, ...]]


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
    ]
    indicators: tuple[str, ...] = ()
    formulas: tuple[Decimal, ...] = ()
    grades: dict[str, Decimal] = {}


Rule = Annotated[FormsPresent | Duplicates | FormScope, Field(discriminator="kind")]


class Rulebook(_Model):
    """All identities and rules, in the order of their files."""

    identities: tuple[Identity, ...]
    rules: tuple[Rule, ...]
    evaluations: tuple[EvaluationCheck, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Rulebook":
        ids = [*self.ids(), *(entry.id for entry in self.evaluations)]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"ids used twice: {', '.join(doubled)}")
        return self

    def ids(self) -> list[str]:
        """Return the ids of every check that answers for every report, rules first."""
        return [entry.id for entry in (*self.rules, *self.identities)]

    def titles(self) -> dict[str, str]:
        """Return what each check says, by id."""
        entries = (*self.rules, *self.identities, *self.evaluations)
        return {entry.id: entry.title for entry in entries}


def _filled_in(node: Any, form: str) -> Any:
    """Return `node` with `{form}` replaced in every string of it."""
    if isinstance(node, str):
        return node.replace("{form}", form)
    if isinstance(node, list):
        return [_filled_in(item, form) for item in node]
    if isinstance(node, dict):
        return {key: _filled_in(value, form) for key, value in node.items()}
    return node


def load_rulebook(folder: Path = IDENTITIES_DIR) -> Rulebook:
    """Return the rulebook in the YAML files of `folder`.

    Raises pydantic.ValidationError naming the entry, or yaml.YAMLError naming the line.
    """
    identities: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    evaluations: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        rules += content.get("rules", [])
        evaluations += content.get("evaluations", [])
        for entry in content.get("identities", []):
            forms = entry.pop("each_form", None)
            identities += [_filled_in(entry, form) for form in forms] if forms else [entry]
    return Rulebook.model_validate({"identities": identities, "rules": rules, "evaluations": evaluations})


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """Return the project's rulebook, loaded once."""
    return load_rulebook()


def rulebook_fingerprint() -> str:
    """Return the fingerprint of everything that decides a check result: the identities and the engine."""
    here = Path(__file__).parent
    names = ("cells.py", "engine.py", "evaluation.py", "results.py", "rulebook.py", "sql.py")
    return fingerprint([*IDENTITIES_DIR.glob("*.yaml"), *(here / name for name in names)])
