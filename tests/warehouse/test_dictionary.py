"""Descriptions and seeds agree with what is there; a gap is found."""

from pathlib import Path

import pytest
import yaml

from pipeline.config import PROJECT_DIR
from pipeline.warehouse import dictionary, seeds
from pipeline.warehouse.dictionary import Table, gaps
from pipeline.warehouse.seeds import NamesError

TYPES = {("marts", "dim_form"): {"form_code": "VARCHAR", "pages": "INTEGER"}}
COLUMNS = {"form_code": "表号。Form code.", "pages": "页数。Pages."}


def form(description: str = "每行:一张表。One row per form.", **columns: str) -> list[Table]:
    return [Table("marts", "dim_form", description, {**COLUMNS, **columns})]


def test_complete_descriptions_have_no_gap() -> None:
    assert list(gaps(form(), TYPES)) == []


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ([], "marts.dim_form: no description"),
        (form(description="One row per form."), "marts.dim_form: no Chinese description"),
        (form(pages="页数。"), "marts.dim_form.pages: no English description"),
        (form(colour="颜色。Colour."), "marts.dim_form.colour: described, but the table has no such column"),
        (
            [*form(), Table("marts", "dim_x", "甲 A b", {})],
            "marts.dim_x: described, but the warehouse has no such table",
        ),
    ],
)
def test_gaps_are_found(tables: list[Table], problem: str) -> None:
    assert list(gaps(tables, TYPES)) == [problem]


def test_a_column_without_any_description_is_a_gap() -> None:
    tables = [
        Table("marts", "dim_form", "每行:一张表。One row per form.", {"form_code": COLUMNS["form_code"]})
    ]
    assert list(gaps(tables, TYPES)) == [
        "marts.dim_form.pages: no Chinese description",
        "marts.dim_form.pages: no English description",
    ]


@pytest.mark.slow
def test_the_dictionary_is_up_to_date_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert dictionary.main(["--check"]) == 0, capsys.readouterr().err


def test_the_seeds_agree_with_the_form_dictionary() -> None:
    for name, text in seeds.seeds().items():
        assert (PROJECT_DIR / "dbt_project" / "seeds" / f"{name}.csv").read_text(encoding="utf-8") == text


def test_a_seed_row_has_the_names_of_its_key() -> None:
    lines = seeds.seeds()["measure"].splitlines()
    assert (
        'F09,,budget_vehicle_purchase,4,budget,part,公务用车购置费·预算数,"of which purchase, budget"'
        in lines
    )
    assert (
        "F04,expenditure,general_public_budget,4,,component,一般公共预算财政拨款,General public budget"
        in lines
    )


def test_a_measure_without_a_name_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = yaml.safe_load(seeds._NAMES.read_text(encoding="utf-8"))
    del names["measures"]["F03"]["basic"]
    names["measures"]["F02"]["gifts"] = ["component", "捐赠收入", "Gifts"]
    changed = tmp_path / "names.yaml"
    changed.write_text(yaml.safe_dump(names, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(seeds, "_NAMES", changed)
    with pytest.raises(NamesError, match=r"measures of F02: not in the form dictionary: \['gifts'\]"):
        seeds.seeds()
    del names["measures"]["F02"]["gifts"]
    changed.write_text(yaml.safe_dump(names, allow_unicode=True), encoding="utf-8")
    with pytest.raises(NamesError, match=r"measures of F03: no name for \['basic'\]"):
        seeds.seeds()
