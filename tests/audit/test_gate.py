"""The gate: verdicts, reasons that a person can act on, and facts that break the contract."""

import datetime
import json
from collections.abc import Sequence
from functools import cache

import msgspec
import pyarrow as pa
import pytest

from pipeline.audit.engine import check_batch
from pipeline.audit.gate import GateRecord, validate_batch
from pipeline.audit.results import CHECK_SCHEMA, VERDICTS
from pipeline.audit.rulebook import rulebook_fingerprint
from pipeline.audit.suites import SUITES_DIR, SuiteError, load_suites, suites_fingerprint
from pipeline.facts import (
    FORM_STATES,
    REPORT_KINDS,
    ROW_KINDS,
    UNIT_YUAN,
    UNMAPPED_KINDS,
    Facts,
    ReportedAmount,
    Unmapped,
)
from pipeline.review import Waiver
from tests.audit.facts import Report, altered, batch, dictionary, example, form


@cache
def checked(reports: tuple[Report, ...]) -> tuple[Facts, pa.Table]:
    facts = batch(reports)
    return facts, check_batch(facts)


def judge(*reports: Report, waivers: Sequence[Waiver] = ()) -> list[GateRecord]:
    facts, results = checked(reports)
    hashes = {report.header.sha256: f"hash of {report.header.sha256}" for report in reports}
    given = {report.header.sha256: waivers for report in reports}
    return validate_batch(facts, results, hashes, given)


def changed(report: Report, index: int, **changes: object) -> Report:
    """Return the report with other fields in one cell."""
    cell = msgspec.structs.replace(report.amounts[index], **changes)
    return report._replace(amounts=(*report.amounts[:index], cell, *report.amounts[index + 1 :])).renamed(
        f"{sorted(changes)} of {index}"
    )


def test_an_altered_digit_quarantines_the_report_and_not_its_batch() -> None:
    wrong = altered("office: F05 2080501 basic = 121.00")
    university, office, altered_office = judge(example("university"), example("office"), wrong)
    assert (university.verdict, university.reasons) == ("accepted", ())
    assert office.verdict == "accepted"
    assert altered_office.verdict == "quarantined"
    [reason] = [reason for reason in altered_office.reasons if reason.startswith("F05-ROW ")]
    assert "F05 2080501 total is printed as 120.00 and computed as 121.00: difference -1.00" in reason
    assert "tolerance 0.01 万元" in reason
    assert "Page 5." in reason
    assert "F05 行政单位离退休 2080501 basic 121.00 (page 5)" in reason


def test_two_readings_that_differ_quarantine_the_report() -> None:
    [record] = judge(altered("office: F05 2080501 basic = read again as 121.00"))
    assert record.verdict == "quarantined"
    [reason] = record.reasons
    assert reason.startswith("reading_conflict (报表中每个数字两种读法")
    assert "F05 page 5, table 1, row 1, column 1 (cell " in reason
    assert "“120.00” by the rules of the table, “121.00” by where the characters stand" in reason
    assert "Page 5. Cells: F05 行政单位离退休 2080501 basic 120.00 (page 5)" in reason


def test_an_amount_in_no_cell_quarantines_the_report() -> None:
    [record] = judge(altered("office: F03 = in no cell 12.00"))
    assert record.verdict == "quarantined"
    [reason] = record.reasons
    assert "F03 page 3, table 1, in no cell: nothing by the rules of the table, “12.00” by where" in reason


def test_records_are_about_the_bytes_given() -> None:
    [record] = judge(example("office"))
    decoded = json.loads(record.to_json())
    assert decoded == {
        "report_key": example("office").header.report_key,
        "sha256": example("office").header.sha256,
        "content_hash": f"hash of {example('office').header.sha256}",
        "verdict": "accepted",
        "reasons": [],
        "suites": {
            "check_result": 1,
            "facts_amount": 1,
            "facts_form": 1,
            "facts_header": 1,
            "facts_unmapped": 1,
        },
        "waivers": [],
    }
    assert msgspec.json.decode(record.to_json(), type=GateRecord) == record


WRONG = "office: F05 2080501 basic = 121.00"
ROW_FAILS = Waiver(
    check="F05-ROW",
    form="F05",
    subject="2080501",
    measure="total",
    difference="-10000.00",
    reason="原件如此",
    who="李四",
    date=datetime.date(2024, 12, 1),
)


def waivers_for(change: str) -> list[Waiver]:
    """Waivers for every hard failure of an altered example, as `fiscal waive` writes them."""
    return [
        ROW_FAILS.model_copy(
            update={
                "check": row["check_id"],
                "form": row["form_code"],
                "subject": row["subject"],
                "measure": row["measure"],
                "difference": str(row["difference"]) if row["difference"] is not None else None,
            }
        )
        for row in check_batch(batch([altered(change)])).to_pylist()
        if row["severity"] == "H" and row["status"] == "fail"
    ]


def test_a_report_is_released_when_every_hard_failure_is_waived() -> None:
    waivers = waivers_for(WRONG)
    assert ROW_FAILS in [waiver.model_copy(update={"difference": "-10000.00"}) for waiver in waivers]
    [record] = judge(altered(WRONG), waivers=waivers)
    assert record.verdict == "waived"
    assert {waiver.state for waiver in record.waivers} == {"applied"}
    assert all(reason.startswith("Waived: ") for reason in record.reasons)
    [some] = judge(altered(WRONG), waivers=waivers[1:])
    assert some.verdict == "quarantined"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"difference": "-9999.00"}, "fits no failed check"),
        ({"measure": "basic"}, "fits no failed check"),
        ({"check": "F02-ROW", "form": "F02"}, "fits no failed check"),
        ({"until": datetime.date(2024, 12, 31)}, "ran out on 2024-12-31"),
    ],
)
def test_a_waiver_that_does_not_fit_or_ran_out_holds_the_report_back(change, said) -> None:
    others = [waiver for waiver in waivers_for(WRONG) if waiver.check != "F05-ROW"]
    [record] = judge(altered(WRONG), waivers=[*others, ROW_FAILS.model_copy(update=change)])
    assert record.verdict == "quarantined"
    assert any(said in reason for reason in record.reasons)
    [held] = judge(example("office"), waivers=[ROW_FAILS])
    assert held.verdict == "quarantined"  # nothing failed: somebody must look at the waiver again


def test_a_warning_does_not_hold_a_report_back() -> None:
    [record] = judge(altered("office: F02 = copied"))
    assert record.verdict == "accepted_with_warnings"
    assert all(reason.startswith("Warning: ") for reason in record.reasons)
    assert "F02 is printed 2 times; the first print was read" in "".join(record.reasons)


@pytest.mark.parametrize("code", ["F06", "F08"])
def test_a_missing_form_quarantines(code: str) -> None:
    [record] = judge(altered(f"office: {code} = missing"))
    assert record.verdict == "quarantined"
    assert record.reasons[0].startswith("L-FORMS")
    assert f"{code} is listed in the contents and was not found" in record.reasons[0]


KINDS = ("budget", "blank_template", "not_a_report")
CELLS: list[tuple[dict[str, object], str]] = [
    ({"form_code": "F11"}, "the form is one of the form dictionary"),
    ({"measure": "surprise"}, "the measure is one that the form has"),
    ({"measure": None}, "the measure is one that the form has"),
    ({"side": None}, "the side is income or expenditure in F01 and F04"),
    ({"row_kind": "footnote"}, "every row is of a known kind"),
    ({"item_code": "12"}, "a code is 3, 5 or 7 digits"),
    ({"unit": "美元", "amount_yuan": None}, "the unit is one that forms are printed in"),
    ({"unit": None, "amount_yuan": None}, "a printed amount has a value in 元"),
    ({"amount_printed": "9OO.00"}, "an amount is printed as digits"),
    ({"amount_printed": "900.01"}, "the printed amount times its unit is the amount in 元"),
    ({"decimals": 3}, "the decimals are those of the printed amount"),
    (
        {"amount_printed": None, "amount_yuan": None, "decimals": None, "cell_text": "12.00\n13.00"},
        "a cell prints a number, nothing, or a mark for nothing",
    ),
    ({"page": 0}, "a cell stands on a page of the report"),
    ({"cell_no": 2}, "each cell of a report is recorded once"),
]
HEADERS: list[tuple[dict[str, object], str]] = [
    ({"fiscal_year": None}, "says its fiscal year"),
    ({"fiscal_year": 1023}, "the fiscal year is one since"),
    ({"department_name": None}, "says its department"),
    ({"pages": 0}, "at least one page"),
    ({"report_kind": "poem"}, "the kind of report is known"),
    ({"scope": "household"}, "one of the known scopes"),
    ({"division_code": "4401"}, "a division code is six digits"),
]


def with_header(**changes: object) -> Report:
    """Return the example with other fields in its header."""
    office = example("office")
    return office._replace(header=msgspec.structs.replace(office.header, **changes)).renamed(str(changes))


@pytest.fixture(scope="module")
def misshapen() -> dict[str, GateRecord]:
    """Every misshapen report above and one good one, judged as one batch; by content hash."""
    reports = [
        example("office"),
        *(changed(example("office"), 0, **changes) for changes, _ in CELLS),
        *(with_header(**changes) for changes, _ in HEADERS),
        *(with_header(report_kind=kind) for kind in KINDS),
    ]
    return {record.sha256: record for record in judge(*reports)}


def test_a_good_report_is_accepted_among_misshapen_ones(misshapen: dict[str, GateRecord]) -> None:
    assert misshapen[example("office").header.sha256].verdict == "accepted"


@pytest.mark.parametrize(("changes", "words"), CELLS, ids=lambda value: str(value)[:30])
def test_misshapen_facts_quarantine(
    changes: dict[str, object], words: str, misshapen: dict[str, GateRecord]
) -> None:
    record = misshapen[changed(example("office"), 0, **changes).header.sha256]
    assert record.verdict == "quarantined"
    assert any(words in reason for reason in record.reasons), record.reasons


@pytest.mark.parametrize(("changes", "words"), HEADERS, ids=lambda value: str(value)[:30])
def test_a_misshapen_header_quarantines(
    changes: dict[str, object], words: str, misshapen: dict[str, GateRecord]
) -> None:
    record = misshapen[with_header(**changes).header.sha256]
    assert record.verdict == "quarantined"
    assert any(words in reason for reason in record.reasons), record.reasons


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_are_no_final_account(kind: str, misshapen: dict[str, GateRecord]) -> None:
    record = misshapen[with_header(report_kind=kind).header.sha256]
    assert record.verdict == "not_a_final_account"
    assert record.verdict in VERDICTS
    assert record.reasons[0].endswith("(示例). It is not loaded.")


def with_unmapped(kind: str, *numbers: str, code: str | None = None, like: str | None = None) -> Report:
    """Return the example with something that the form dictionary does not know."""
    office = example("office")
    key, box = office.header.report_key, (1.0, 1.0, 2.0, 2.0)
    thing = Unmapped(key, 1, kind, code, "其他事项", numbers, 6, 1, "page 6", *box, None, like)
    return office._replace(unmapped=(thing,)).renamed(f"{kind} {numbers}")


def test_what_the_dictionary_does_not_know_is_a_warning_where_it_prints_numbers() -> None:
    reports = [
        with_unmapped("form_title", "0.00", "5.00", like="F07 F08"),
        with_unmapped("header", "0.00", code="F02"),
        with_unmapped("row_label", "5.00", code="F01"),
        with_unmapped("form_title"),
        with_unmapped("header", code="F02"),
        with_unmapped("row_label", "0.00", code="F01"),
    ]
    *told, title, header, label = judge(*reports)
    says = (
        "Warning: Expected that what stands over or beside numbers is known to the form dictionary; "
        "add it as docs/new_template.md says "
    )
    assert [(record.verdict, record.reasons) for record in told] == [
        (
            "accepted_with_warnings",
            (f"{says}(form title “其他事项” on page 6 with 2 numbers that has the header of F07 F08).",),
        ),
        ("accepted_with_warnings", (f"{says}(F02 header “其他事项” on page 6 with 1 number).",)),
        ("accepted_with_warnings", (f"{says}(F01 row label “其他事项” on page 6 with 1 number).",)),
    ]
    assert {(record.verdict, record.reasons) for record in (title, header, label)} == {("accepted", ())}


def recognised(report: Report) -> Report:
    """Return the report as one whose forms were recognised from pictures."""
    return report._replace(header=msgspec.structs.replace(report.header, reading="ocr")).renamed("recognised")


def test_a_doubtful_number_is_a_warning_that_names_the_cell() -> None:
    sure, doubtful = judge(
        recognised(example("office")), changed(recognised(example("office")), 3, flag="doubtful")
    )
    assert (sure.verdict, sure.reasons) == ("accepted", ())
    assert doubtful.verdict == "accepted_with_warnings"
    assert doubtful.reasons == (
        "Warning: Expected that a number recognised from a picture is read without doubt (cell 4).",
    )


def test_a_recognised_report_is_accepted_only_when_every_hard_check_could_be_evaluated() -> None:
    # the row of the total is not among what was read
    printed = altered("office: F05 total = -")
    as_printed, as_recognised = judge(printed, recognised(printed))
    assert as_printed.verdict == "accepted_with_warnings"
    assert any(reason.startswith("Warning: Not evaluable") for reason in as_printed.reasons)
    assert as_recognised.verdict == "quarantined"
    assert any(reason.startswith("Not evaluable") for reason in as_recognised.reasons)
    assert not any(reason.startswith("Warning: Not evaluable") for reason in as_recognised.reasons)


def test_a_form_recorded_twice_quarantines() -> None:
    office = example("office")
    twice = office._replace(forms=(*office.forms, form(office.header.report_key, "F05")))
    [record] = judge(twice.renamed("twice"))
    assert record.verdict == "quarantined"
    assert any("each form of a report is recorded once (form F05)" in reason for reason in record.reasons)


def test_two_units_on_one_form_quarantine() -> None:
    office = example("office")
    forms = tuple(
        msgspec.structs.replace(form, unit="万元/元") if form.form_code == "F05" else form
        for form in office.forms
    )
    amounts = tuple(
        msgspec.structs.replace(cell, unit=None, amount_yuan=None) if cell.form_code == "F05" else cell
        for cell in office.amounts
    )
    [record] = judge(office._replace(forms=forms, amounts=amounts).renamed("two units"))
    assert record.verdict == "quarantined"
    assert any(
        "a form states one unit and not two that contradict each other (form F05)" in reason
        for reason in record.reasons
    )


def test_checks_that_were_not_run_quarantine() -> None:
    facts = batch([example("office"), example("university")])
    checks = check_batch(facts)
    office = example("office").header
    kept = [
        row
        for row in checks.to_pylist()
        if (row["report_key"], row["check_id"]) != (office.report_key, "F05-ROW")
    ]
    fewer = pa.Table.from_pylist(kept, schema=CHECK_SCHEMA)
    hashes = {header["sha256"]: "x" for header in facts["header"].to_pylist()}
    records = {record.sha256: record for record in validate_batch(facts, fewer, hashes)}
    assert records[office.sha256].verdict == "quarantined"
    assert "every check of the rulebook was run" in records[office.sha256].reasons[0]
    assert records[example("university").header.sha256].verdict == "accepted"


def test_rows_of_no_report_are_refused() -> None:
    facts = batch([example("office")])
    strangers = batch([example("university")])
    with pytest.raises(SuiteError, match="amount rows belong to no report"):
        validate_batch({**facts, "reported_amount": strangers["reported_amount"]}, check_batch(facts), {})


def test_a_table_of_another_shape_is_refused() -> None:
    facts = batch([example("office")])
    with pytest.raises(SuiteError, match="columns of a form are those of the contract"):
        validate_batch(
            {**facts, "form": facts["form"].append_column("extra", pa.array([1] * facts["form"].num_rows))},
            check_batch(facts),
            {example("office").header.sha256: "x"},
        )


def test_float_amounts_are_refused() -> None:
    facts = batch([example("office")])
    place = facts["reported_amount"].schema.get_field_index("amount_yuan")
    floats = facts["reported_amount"]["amount_yuan"].cast(pa.float64())
    amounts = facts["reported_amount"].set_column(place, "amount_yuan", floats)
    hashes = {example("office").header.sha256: "x"}
    with pytest.raises(SuiteError, match="amounts are exact decimals, never floats"):
        validate_batch({**facts, "reported_amount": amounts}, check_batch(facts), hashes)


def test_suites_hold_the_vocabularies_of_the_contract() -> None:
    values = {
        (suite.name, expectation["kwargs"]["column"]): set(expectation["kwargs"]["value_set"])
        for suite in load_suites()
        for expectation in suite.expectations
        if "value_set" in expectation["kwargs"]
    }
    assert values["facts_amount", "form_code"] == set(dictionary()["forms"])
    assert values["facts_amount", "row_kind"] == set(ROW_KINDS)
    assert values["facts_amount", "unit"] == set(UNIT_YUAN)
    assert values["facts_form", "state"] == set(FORM_STATES)
    assert values["facts_header", "report_kind"] == set(REPORT_KINDS)
    assert values["facts_unmapped", "kind"] == set(UNMAPPED_KINDS)


def test_suites_know_every_measure_of_the_dictionary() -> None:
    expected = set()
    for code, entry in dictionary()["forms"].items():
        if "phases" in entry:
            expected |= {(code, f"{phase}_{name}") for phase in entry["phases"] for name in entry["measures"]}
        else:
            sides = entry["sides"].values() if "sides" in entry else [entry["measures"]]
            expected |= {(code, name) for side in sides for name in side}
    [pairs] = [
        expectation["kwargs"]["value_pairs_set"]
        for suite in load_suites()
        for expectation in suite.expectations
        if "value_pairs_set" in expectation["kwargs"]
    ]
    assert {tuple(pair) for pair in pairs} == expected


def test_fingerprints_are_stable_and_differ() -> None:
    assert suites_fingerprint() == suites_fingerprint()
    assert suites_fingerprint() != rulebook_fingerprint()
    assert len(list(SUITES_DIR.glob("*.json"))) == 5


def test_the_contract_names_every_field() -> None:
    """The amount suite lists exactly the fields of a reported amount and its own derived columns."""
    [suite] = [suite for suite in load_suites() if suite.name == "facts_amount"]
    [columns] = [e["kwargs"]["column_set"] for e in suite.expectations if "column_set" in e["kwargs"]]
    assert set(ReportedAmount.__struct_fields__) <= set(columns)
