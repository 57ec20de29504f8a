"""The measuring tool: what it calls missing, extra and wrong."""

from benchmarks.narrative import score
from pipeline.narrative.claims import read_claims
from tests.narrative.texts import document_of, facts_of

CLAIMS = read_claims(
    document_of(
        ["二、收入决算情况说明", "2023年度收入合计5.00万元，其中：事业收入4.00万元，其他收入1.00万元。"]
    ),
    facts_of(2023),
)


def row(metric: str, value: str, unit: str = "万元") -> dict[str, str]:
    return {"section": "income", "metric": metric, "subject": "", "value": value, "unit": unit}


def test_missing_extra_and_wrong_are_told_apart():
    truth = [row("total_income", "5"), row("institutional", "4.10"), row("operating", "0")]
    result = score(truth, CLAIMS, words=False)
    assert (result.stated, result.read, result.right) == (3, 3, 1)
    assert result.missing == ("income operating - 万元: 0",)
    assert result.extra == ("income other - 万元: 1.000000",)
    assert result.wrong == ("income institutional - 万元: 4.000000, stated 4.10",)
    assert (round(result.recall), round(result.precision)) == (33, 33)


def test_repeated_keys_are_matched_in_print_order():
    truth = [row("total_income", "5"), row("total_income", "6")]
    result = score(truth, CLAIMS, words=False)
    assert result.missing == ("income total_income - 万元: 6",)
