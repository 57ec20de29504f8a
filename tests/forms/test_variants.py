"""Template families, the tables between forms, and random looks: each is read exactly as printed.

The random looks are as many as `FISCAL_EXAMPLES` says, 25 where it says nothing.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import samples
from pipeline.facts import ReportFacts
from samples.families import FAMILIES, Family
from samples.layout import NATIONAL_ORDER, Layout
from samples.others import NAMED_AS_A_FORM, OTHERS
from tests.forms.test_reports import by_occurrence, facts_of, read_amounts
from tests.samples.strategies import families, looks, reports

EXAMPLES = int(os.environ.get("FISCAL_EXAMPLES", "25"))


def read_as_printed(report: samples.SampleReport, layout: Layout, path: Path) -> ReportFacts:
    """Write and read a report; every cell, its unit and every form must be what was printed."""
    samples.write_report(report, layout, path)
    facts = facts_of(path)
    assert read_amounts(facts) == by_occurrence(samples.expected_amounts(report, layout))
    assert {form.form_code: form.unit for form in facts.forms} == {
        form: layout.unit_of(form) for form in report.forms
    }
    return facts


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_families_read_as_printed(family: Family, tmp_path: Path) -> None:
    report = family.report()
    facts = read_as_printed(report, family.layout, tmp_path / "report.pdf")
    header = facts.header
    assert (header.report_kind, header.fiscal_year) == ("final_account", family.year)
    assert header.department_name == family.department.name
    printed = [form for form in family.layout.form_order if form in report.forms]
    assert header.template.split() == printed
    assert [form.form_code for form in facts.forms if form.required] == sorted(report.forms)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(OTHERS) - NAMED_AS_A_FORM))
def test_another_table_is_no_part_of_the_form_before(name: str, tmp_path: Path) -> None:
    # once behind the first forms, once behind the last: forms after it must still be found
    for form in ("F01", "F05", "F08"):
        layout = replace(Layout(), others={form: (name,)})
        read_as_printed(FAMILIES["nine forms 2023"].report(), layout, tmp_path / f"{form}.pdf")


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(family=families, look=looks())
def test_random_looks_read_as_printed(family: Family, look: Layout, tmp_path: Path) -> None:
    report, layout = reports(family, look)
    read_as_printed(report, layout, tmp_path / "report.pdf")


def test_the_forms_of_a_family_are_those_of_its_template() -> None:
    printed = {name: family.report().listed for name, family in FAMILIES.items()}
    assert printed["university"] == ("F01", "F02", "F03", "F10")
    assert {len(forms) for name, forms in printed.items() if "eight" in name} == {8}
    assert printed["Xinjiang"] == NATIONAL_ORDER
