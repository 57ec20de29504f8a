"""Words in both languages, numbers as exact text."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pipeline.audit.results import DEFECTS, STATUSES, VERDICTS
from pipeline.config import PROJECT_DIR
from pipeline.facts import EVALUATION_KINDS, FLAG_KINDS, FLAW_KINDS, REPORT_KINDS, UNMAPPED_KINDS
from pipeline.site import text
from pipeline.site.text import HERE, amount, attribute, pair, percent, plain, strings, t, t_of

SECTIONS = PROJECT_DIR / "pipeline" / "narrative" / "dictionary" / "sections.yaml"
GROUPS = {
    "verdict": VERDICTS,
    "verdict_meaning": VERDICTS,
    "status": STATUSES,
    "severity": ("H", "W", "I"),
    "defect": DEFECTS,
    "flag": FLAG_KINDS,
    "flaw": FLAW_KINDS,
    "kind": REPORT_KINDS,
    "unmapped": UNMAPPED_KINDS,
    "evaluation": EVALUATION_KINDS,
    "section": (
        *(s["name"] for s in yaml.safe_load(SECTIONS.read_text(encoding="utf-8"))["sections"]),
        "other",
    ),
}


def test_every_string_is_there_in_both_languages_and_not_the_same_word_twice() -> None:
    for key, (zh, en) in strings().items():
        assert zh.strip() == zh, key
        assert en.strip() == en, key
        if key != "site.other":
            assert not re.search("[一-鿿]", en), key


def test_a_string_without_english_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "strings.yaml"
    path.write_text("a.b: [甲]\n", encoding="utf-8")
    monkeypatch.setattr(text, "_STRINGS", path)
    strings.cache_clear()
    with pytest.raises(ValueError, match=r"strings.yaml: a.b must be"):
        strings()
    strings.cache_clear()


@pytest.mark.parametrize("group", GROUPS)
def test_every_value_of_the_database_has_a_name(group: str) -> None:
    assert [value for value in GROUPS[group] if f"{group}.{value}" not in strings()] == []


def test_templates_and_script_name_no_string_that_is_not_there() -> None:
    named = set()
    for path in [*HERE.glob("templates/*.j2"), HERE / "assets" / "site.js"]:
        source = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'\bt\("([\w.]+\w)"\)', source))
        named |= set(re.findall(r'attribute\("[\w-]+", "([\w.]+)"\)', source))
        named |= set(re.findall(r'(?:data-t|data-alt)="([\w.]+)"', source))
        named |= set(re.findall(r'parts\.scrolls\("([\w.]+)"\)', source))
    assert len(named) > 100
    assert named - strings().keys() == set()


def test_words_are_elements_that_can_be_switched() -> None:
    assert t("verdict.accepted") == '<span data-t="verdict.accepted">通过</span>'
    assert t_of("verdict", "accepted") == t("verdict.accepted")
    assert t_of("verdict", None) == '<span data-t="site.unknown">未载明</span>'
    assert t_of("metric", "<new>") == "<code>&lt;new&gt;</code>"
    assert pair("合计", "Total") == '<span data-en="Total">合计</span>'
    assert pair("<合计>", '"') == '<span data-en="&#34;">&lt;合计&gt;</span>'
    assert attribute("aria-label", "site.nav") == 'aria-label="主导航" data-t-aria-label="site.nav"'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("12345678901234567.89"), "12,345,678,901,234,567.89"),
        (Decimal("-0.10"), "-0.10"),
        (Decimal("0.00"), "0.00"),
        (None, ""),
    ],
)
def test_amounts_are_exact(value: Decimal | None, shown: str) -> None:
    assert amount(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("10345600.0000"), "10,345,600.00"),
        (Decimal("17.6373"), "17.6373"),
        (Decimal("-1.0000"), "-1.00"),
        (None, ""),
    ],
)
def test_values_of_checks_keep_the_decimals_they_need(value: Decimal | None, shown: str) -> None:
    assert plain(value) == shown


def test_a_share_is_a_hundred_percent_only_where_it_is_all() -> None:
    assert percent(99_999, 100_000) == "99.99 %"
    assert percent(3, 3) == "100.00 %"
    assert percent(0, 7) == "0.00 %"
    assert percent(0, 0) == ""
