"""The notebook runs on the published database and shows what it holds."""

import importlib.util
import json
from decimal import Decimal

import pytest
import vl_convert
from typer.testing import Result

from pipeline.config import PROJECT_DIR


@pytest.mark.slow
def test_the_notebook_shows_a_department(ingested: Result) -> None:
    spec = importlib.util.spec_from_file_location("explore", PROJECT_DIR / "notebooks" / "explore.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outputs, names = module.app.run()
    assert [row["department_name"] for row in names["departments"]] == ["虚构市示例区水务局"]
    assert names["totals"] == [
        {"fiscal_year": 2021, "side": "支出 expenditure", "total_yuan": Decimal("105915400.00")},
        {"fiscal_year": 2021, "side": "收入 income", "total_yuan": Decimal("104439900.00")},
    ]
    vehicles = {row["phase"]: row["yuan"] for row in names["three_public"] if row["expense"] == "公务用车"}
    assert vehicles == {"budget": Decimal("70000.00"), "final": Decimal("61400.00")}
    [running] = [row for row in names["item_budgets"] if row["subject_code"] == "2130301"]
    assert (running["budget_yuan"], running["final_yuan"]) == (Decimal("9810100.00"), Decimal("9810100.00"))
    assert {row["status"] for row in names["checks"]} >= {"exact", "not_applicable"}
    assert len([output for output in outputs if output is not None]) == 5
    for chart in ("totals_chart", "three_public_chart", "item_budgets_chart", "checks_chart"):
        drawn = vl_convert.vegalite_to_svg(json.loads(names[chart].to_json()))
        assert drawn.startswith("<svg"), chart
