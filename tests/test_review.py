"""Decisions of people: the files, what they fit, and what becomes of facts."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pipeline.config import settings
from pipeline.facts import ReadingFlag, ReportFacts
from pipeline.review import (
    Correction,
    ReviewError,
    Waiver,
    add_waivers,
    corrected,
    load_decisions,
)
from tests.audit.facts import example

SHA = "ab" * 32
DAY = datetime.date(2024, 12, 1)
SIGNED = {"reason": "见原件", "who": "李四", "date": DAY}
WAIVER = Waiver(check="F03-ROW", form="F03", subject="2010301", measure="total", difference="-1.00", **SIGNED)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FISCAL_REVIEW_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def facts(*flags: ReadingFlag) -> ReportFacts:
    report = example("office")
    return ReportFacts(report.header, report.forms, report.amounts, flags)


def flag(cell_no: int | None, kind: str = "differs", second: str = "120.00") -> ReadingFlag:
    return ReadingFlag(
        report_key=example("office").header.report_key,
        flag_no=1,
        kind=kind,
        form_code="F05",
        cell_no=cell_no,
        page=5,
        table_no=1,
        locator="page 5",
        first_text="120.00",
        second_text=second,
        confidence=None,
        x0=0.0,
        top=0.0,
        x1=1.0,
        bottom=1.0,
    )


def on_cell(**changes: object) -> Correction:
    entry = {
        "action": "override",
        "page": 5,
        "form": "F05",
        "row": "2080501",
        "measure": "total",
        "printed": "120.00",
        "value": "121.00",
        **SIGNED,
        **changes,
    }
    return Correction.model_validate({key: value for key, value in entry.items() if value != "absent"})


def cell(read: ReportFacts):
    return next(
        a for a in read.amounts if (a.form_code, a.item_code, a.measure) == ("F05", "2080501", "total")
    )


def test_waivers_are_written_once_and_read_back(folder: Path) -> None:
    path = add_waivers(SHA, "report.pdf", [WAIVER])
    assert path.name == f"{SHA[:16]}.yaml"
    add_waivers(SHA, "report.pdf", [WAIVER, WAIVER.model_copy(update={"measure": "basic"})])
    assert [waiver.measure for waiver in load_decisions()[SHA].waivers] == ["total", "basic"]
    assert load_decisions()[SHA].waivers[0] == WAIVER


def test_the_hash_of_waivers_changes_on_the_day_one_runs_out(folder: Path) -> None:
    add_waivers(SHA, "report.pdf", [WAIVER.model_copy(update={"until": datetime.date(2025, 1, 31)})])
    last, after, later = (
        load_decisions(datetime.date(2025, *day))[SHA].waivers_hash for day in ((1, 31), (2, 1), (2, 2))
    )
    assert last != after == later


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{SHA[:16]}.yaml", "sha256: abc\nwaivers: []"),
        (f"{SHA[:16]}.yaml", f"sha256: {SHA}\nwaivers: []"),
        (f"{SHA[:16]}.yaml", f"sha256: {SHA}\nwaivers: [{{check: F03-ROW, reason: x, who: y}}]"),
        (
            f"{SHA[:16]}.yaml",
            f"sha256: {SHA}\nwaivers: [{{reason: x, who: y, date: 2024-01-01, d: 1}}]",
        ),
        (f"{SHA[:16]}.yaml", "{"),
        ("cd.yaml", f"sha256: {SHA}\nwaivers: [{{check: F03-ROW, reason: x, who: y, date: 2024-12-01}}]"),
    ],
)
def test_a_waiver_file_that_does_not_fit_the_schema_is_named(folder: Path, name: str, content: str) -> None:
    (folder / "waivers").mkdir()
    (folder / "waivers" / name).write_text(content, encoding="utf-8")
    with pytest.raises(ReviewError, match=name):
        load_decisions()


def test_an_override_replaces_the_number_and_settles_the_flag() -> None:
    before = facts()
    number = cell(before).cell_no
    after = corrected(facts(flag(number)), [on_cell()])
    assert (cell(after).amount_printed, str(cell(after).amount_yuan)) == ("121.00", "1210000.00")
    assert cell(after).corrected_by == "李四, 2024-12-01: 见原件"
    assert after.flags[0].corrected_by == "李四, 2024-12-01: 见原件"
    [record] = after.corrections
    assert (record.printed_before, record.printed_after, record.cell_no) == ("120.00", "121.00", number)
    untouched = [a for a in after.amounts if a.cell_no != number]
    assert untouched == [a for a in before.amounts if a.cell_no != number]


def test_an_override_by_the_same_number_confirms_it() -> None:
    after = corrected(facts(flag(cell(facts()).cell_no)), [on_cell(value="120.00")])
    assert (cell(after).amount_printed, cell(after).flag) == ("120.00", None)
    assert after.flags[0].corrected_by is not None


def test_a_number_may_be_overridden_by_a_blank() -> None:
    after = corrected(facts(), [on_cell(value="")])
    assert (cell(after).amount_printed, cell(after).amount_yuan, cell(after).cell_text) == (None, None, "")


def test_drop_and_flag() -> None:
    dropped = corrected(facts(), [on_cell(action="drop", value="absent")])
    assert len(dropped.amounts) == len(facts().amounts) - 1
    assert dropped.corrections[0].action == "drop"
    doubted = corrected(facts(), [on_cell(action="flag", value="absent")])
    assert (cell(doubted).flag, cell(doubted).amount_printed) == ("doubted", "120.00")


def test_an_amount_in_no_cell_is_settled_by_page_and_number() -> None:
    settle = Correction(action="drop", page=5, printed="17.20", **SIGNED)
    after = corrected(facts(flag(None, "in_no_cell", "17.20")), [settle])
    assert after.flags[0].corrected_by is not None
    with pytest.raises(ReviewError, match="fits no place"):
        corrected(facts(flag(None, "in_no_cell", "17.21")), [settle])


@pytest.mark.parametrize("change", [{"printed": "120.01"}, {"page": 6}, {"row": "2080502"}, {"form": "F03"}])
def test_a_correction_that_fits_nothing_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(ReviewError, match="fits no place"):
        corrected(facts(), [on_cell(**change)])


def test_a_correction_that_fits_two_cells_is_an_error() -> None:
    read = facts()
    twice = msgspec.structs.replace(cell(read), cell_no=999)
    with pytest.raises(ReviewError, match="fits 2 places"):
        corrected(msgspec.structs.replace(read, amounts=(*read.amounts, twice)), [on_cell()])


@pytest.mark.parametrize(
    "change",
    [
        {"value": "absent"},
        {"action": "drop"},
        {"form": "absent"},
        {"measure": "absent"},
        {"value": "12,0"},
        {"who": " "},
    ],
)
def test_an_incomplete_correction_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        on_cell(**change)
