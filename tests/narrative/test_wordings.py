"""The grammar on sentences of many places."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.narrative.claims import read_claims
from tests.narrative.texts import document_of, facts_of

CASES = yaml.safe_load((Path(__file__).parent / "wordings.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["place"])
def test_every_figure_is_read_as_stated(case: dict[str, Any]) -> None:
    lines = [case["open"]] if "open" in case else []
    claims = read_claims(document_of([*lines, *case["lines"]]), facts_of(case.get("year", 2023)))
    read = [
        (
            claim.section,
            claim.metric,
            claim.subject,
            claim.value_printed if claim.value is None else _signed(claim.value_printed, claim.value < 0),
            claim.unit,
        )
        for claim in claims
    ]
    assert sorted(read, key=str) == sorted((tuple(row) for row in case["claims"]), key=str)


def _signed(printed: str, is_negative: bool) -> str:
    return f"-{printed.lstrip('-')}" if is_negative else printed
