"""Whole narratives of generated reports: every claim that they state is read, in every wording."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.forms.extract import extract_facts
from pipeline.forms.text import squeeze
from pipeline.narrative.claims import read_claims
from pipeline.read.files import read_file
from samples.layout import Layout
from samples.narrative import explanations, part_headings, stated_claims
from samples.report import write_report
from samples.sample_set import sample_set
from tests.narrative.texts import document_of, facts_of

WORDINGS = ("plain", "inland", "coastal")
SAMPLES = [
    pytest.param(report, layout, id=name.partition("_")[2].removesuffix(".pdf"))
    for name, report, layout in sample_set()
]


def stated(report, layout):
    return Counter(
        (claim.section, claim.metric, claim.subject, squeeze(claim.value).replace(",", ""), claim.unit)
        for claim in stated_claims(report, layout)
    )


def read(claims):
    return Counter(
        (
            claim.section,
            claim.metric,
            claim.subject,
            f"-{claim.value_printed}" if claim.value is not None and claim.value < 0 else claim.value_printed,
            claim.unit,
        )
        for claim in claims
    )


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize(("report", "layout"), SAMPLES)
def test_every_claim_of_a_sample_is_read(report, layout, wording):
    layout = replace(layout, wording=wording)
    lines = [part_headings(report)[2]]
    for section in explanations(report, layout):
        lines += [section.heading, *section.paragraphs]
    claims = read_claims(document_of(lines), facts_of(report.fiscal_year))
    assert read(claims) == stated(report, layout)


@pytest.mark.parametrize(
    "layout",
    [
        Layout(wording="inland", full_width_digits=True),
        Layout(wording="coastal", narrative_first=True, radicals=True, unit="元"),
    ],
    ids=["full_width_digits", "radicals"],
)
def test_every_claim_of_a_printed_sample_is_read(layout, tmp_path: Path):
    report = next(report for _, report, _ in sample_set() if report.fiscal_year == 2022)
    file = tmp_path / "report.pdf"
    write_report(report, layout, file)
    document = read_file(file, max_pages=100)
    claims = read_claims(document, extract_facts(document))
    assert read(claims) == stated(report, layout)
    texts = {page.number: squeeze("".join(line.text for line in page.lines)) for page in document.pages}
    for claim in claims:
        assert squeeze(claim.value_printed) in texts[claim.page].replace(",", "")
        assert 0 < claim.x0 < claim.x1
        assert 0 < claim.top < claim.bottom
