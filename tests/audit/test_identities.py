"""Every check of the rulebook holds on an example that satisfies it, and fails on one that does not."""

from collections import defaultdict
from collections.abc import Iterable

import pytest
import yaml

from pipeline.audit.engine import check_batch
from pipeline.audit.results import CHECK_SCHEMA, SEVERITIES, STATUSES
from pipeline.audit.rulebook import rulebook
from pipeline.config import PROJECT_DIR
from tests.audit.facts import (
    HERE,
    OPEN_REPORTS,
    Report,
    altered,
    batch,
    dictionary,
    example,
    needs_truth,
    truth,
)

FAILING: dict[str, list[str]] = yaml.safe_load((HERE / "failing_cases.yaml").read_text(encoding="utf-8"))
EXAMPLES = ("office", "university", "fiscal_only")


def statuses(reports: Iterable[Report]) -> dict[str, dict[str, set[str]]]:
    """Return the statuses of each check, by report key and check id."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in check_batch(batch(reports)).to_pylist():
        found[row["report_key"]][row["check_id"]].add(row["status"])
    return found


@pytest.fixture(scope="module")
def holding() -> dict[str, dict[str, set[str]]]:
    return statuses(example(name) for name in EXAMPLES)


@pytest.fixture(scope="module")
def failing() -> dict[str, dict[str, set[str]]]:
    return statuses(altered(change) for change in {c for changes in FAILING.values() for c in changes})


def test_every_check_has_a_failing_case() -> None:
    assert set(FAILING) == set(rulebook().ids())


@pytest.mark.parametrize("check", rulebook().ids())
def test_passes(check: str, holding: dict[str, dict[str, set[str]]]) -> None:
    seen = set().union(*(report[check] for report in holding.values()))
    if check == "DUPLICATE":  # nothing is printed twice in the examples; see test_intervals
        assert seen == {"not_applicable"}
    else:
        assert "exact" in seen
        assert seen <= {"exact", "not_applicable"}


@pytest.mark.parametrize(("check", "change"), [(c, change) for c, cs in FAILING.items() for change in cs])
def test_fails(check: str, change: str, failing: dict[str, dict[str, set[str]]]) -> None:
    expected = "not_evaluable" if check == "X-F09-SCOPE" else "fail"  # a scope is told, never wrong
    assert expected in failing[altered(change).header.report_key][check]


def test_examples_fail_nothing(holding: dict[str, dict[str, set[str]]]) -> None:
    for report in holding.values():
        assert {check: seen for check, seen in report.items() if seen - {"exact", "not_applicable"}} == {}


def test_every_check_answers_for_every_report(holding: dict[str, dict[str, set[str]]]) -> None:
    for name in EXAMPLES:
        assert set(holding[example(name).header.report_key]) == set(rulebook().ids())


def test_results_follow_the_contract() -> None:
    table = check_batch(batch([example("office"), altered("office: F05 2080501 basic = 121.00")]))
    assert table.schema == CHECK_SCHEMA
    assert set(table["status"].to_pylist()) <= set(STATUSES)
    assert set(table["severity"].to_pylist()) <= set(SEVERITIES)


def test_line_items_and_measures_are_those_of_the_dictionary() -> None:
    forms = dictionary()["forms"]
    lines = dictionary()["line_items"]
    for identity in (*rulebook().identities, *rulebook().year_identities):
        for term in (term for case in identity.cases for term in case.terms):
            if term.form == "TEXT":
                continue
            entry = forms[term.form]
            if "phases" in entry:
                measures = {
                    f"{phase}_{measure}" for phase in entry["phases"] for measure in entry["measures"]
                }
            else:
                sides = entry.get("sides", {"both": entry.get("measures")})
                measures = {measure for side in sides.values() for measure in side}
            assert set(term.measures) <= measures, identity.id
            known = {"class_*", *(item for side in lines.get(term.form, {}).values() for item in side)}
            assert {*term.items, *term.except_items} <= known, identity.id


@pytest.mark.parametrize(
    ("file", "claim"), [("README.md", "{} checks"), ("README.zh.md", "{} 项表内、表间及情况说明校验")]
)
def test_the_number_of_checks_is_that_of_the_readme(file: str, claim: str) -> None:
    assert claim.format(len(rulebook().ids())) in (PROJECT_DIR / file).read_text(encoding="utf-8")


@needs_truth
def test_open_reports_fail_nothing() -> None:
    table = check_batch(batch(truth(report) for report in OPEN_REPORTS))
    failed = [row for row in table.to_pylist() if row["status"] in ("fail", "not_evaluable")]
    labels = {check.id for check in rulebook().labels}  # the truth files hold amounts alone
    assert [row for row in failed if row["check_id"] not in labels] == []
