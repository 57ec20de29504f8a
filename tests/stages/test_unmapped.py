"""A person adds what the form dictionary did not know, ingests again, and the facts are complete."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import stages
from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.intake import archive_files
from pipeline.forms import catalogue
from pipeline.warehouse.database import open_build
from samples import sample_set, write_report

TITLE = "一般公共预算资金使用决算表"
KNOWN = {
    "superior_subsidy: ['上级补助']": "superior_subsidy: ['上级拨入']",  # a column of F02; F01 has its own
    "other: ['^其他收入']": "other: ['^另外收入']",  # a row of F01
}
"""Two entries of the dictionary, and what stands in their place before the person's work."""

F05_TITLE = "      - '(?:一般公共预算|公共财政预算|公共预算)(?:财政拨款)?支出决算(?:总)?(?:情况)?表'\n"


@pytest.fixture
def dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the form dictionary that lacks three aliases, in force for this process."""
    before = (catalogue.DICTIONARY_DIR / "forms.yaml").read_text(encoding="utf-8")
    for known, lacking in KNOWN.items():
        assert before.count(known) == 1
        before = before.replace(known, lacking)
    copy = tmp_path / "dictionary" / "forms.yaml"
    copy.parent.mkdir()
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(catalogue, "DICTIONARY_DIR", copy.parent)
    # in this process: worker processes would load the dictionary of the repository
    monkeypatch.setattr(stages, "limited_map", lambda function, items, _: ((i, function(i)) for i in items))
    catalogue.catalogue.cache_clear()
    yield copy
    catalogue.catalogue.cache_clear()


def run(files: list[ArchivedFile]) -> list[int]:
    """Run all stages and load; return how many files each stage worked on."""
    steps = (stages.read_documents, stages.derive_facts, stages.check_reports, stages.gate_reports)
    catalogue.catalogue.cache_clear()
    done = [step(files).done for step in steps]
    stages.load_reports(files)
    return done


def query(sql: str) -> list[tuple[object, ...]]:
    with open_build() as con:
        return con.execute(sql).fetchall()


@pytest.mark.slow
def test_an_alias_in_the_dictionary_maps_what_was_unmapped_without_reading_the_file(
    data_dir: Path, dictionary: Path, tmp_path: Path
) -> None:
    [(name, report, layout)] = [sample for sample in sample_set() if "学校_2021" in sample[0]]
    write_report(report, replace(layout, titles={"F05": TITLE}), tmp_path / name)
    files = [file for file in archive_files([tmp_path / name]) if isinstance(file, ArchivedFile)]
    assert run(files) == [1, 1, 1, 1]
    unmapped = query("""
        select kind, form_code, text_printed, len(numbers_printed), page, resembles, x0 > 0
        from audit.unmapped order by unmapped_no
    """)
    assert unmapped == [
        ("row_label", "F01", "其他收入", 1, 5, None, True),
        ("header", "F02", "上级补助收入", 28, 7, None, True),
        ("form_title", None, TITLE, 60, 13, "F05", True),
    ]
    [(verdict, reasons)] = query("select verdict, reasons from audit.report")
    assert verdict == "quarantined"
    assert isinstance(reasons, list)
    assert any(
        f"form title “{TITLE}” on page 13 with 60 numbers that has the header of F05" in reason
        for reason in reasons
    )
    assert query("select count(*) from audit.reported_amount where form_code = 'F05'") == [(0,)]

    words = dictionary.read_text(encoding="utf-8")
    for known, lacking in KNOWN.items():
        words = words.replace(lacking, known)
    assert words.count(F05_TITLE) == 1
    words = words.replace(F05_TITLE, f"      - '{TITLE}'\n{F05_TITLE}")
    dictionary.write_text(words, encoding="utf-8")
    assert run(files) == [0, 1, 1, 1]
    assert query("select count(*) from audit.unmapped") == [(0,)]
    assert query("select verdict from audit.report") == [("accepted",)]
    assert query("select count(*) from audit.reported_amount where form_code = 'F05'") == [(57,)]
