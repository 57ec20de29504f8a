"""What people decided about single reports: corrections of a reading, waivers of failed checks.

Belongs here: the decision files, their schema, and which of their entries fit a report. Does not: finding
errors (`audit`), or any rule that holds for more than one report (form dictionary, rulebook).

    expectations/corrections/<report key>.yaml    applied to the facts, before the checks
    expectations/waivers/<report key>.yaml        applied by the gate, to failed hard checks

A decision is about the content of one file and says who made it, when and why. One that fits nothing is an
error: the report is held back until somebody looks at it again.
"""

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from pipeline.config import settings
from pipeline.facts import CorrectionRecord, ReportedAmount, ReportFacts, report_key
from pipeline.forms import text

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# Numbers are written in quotes: YAML would make floats of them.
Number = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Words
    who: Words
    date: datetime.date


class Waiver(_Decision):
    """One failed check that the report is released in spite of.

    `form`, `subject`, `measure` and `difference` (元, in quotes) are those of the check result, left out
    where it has none. After the day `until` the waiver no longer holds.
    """

    check: Words
    form: str | None = None
    subject: str | None = None
    measure: str | None = None
    difference: Number | None = None
    until: datetime.date | None = None

    def holds_on(self, day: datetime.date) -> bool:
        """Tell whether the waiver has not run out on `day`."""
        return self.until is None or day <= self.until

    def fits(self, result: Mapping[str, Any]) -> bool:
        """Tell whether this is about `result`, a failed row of the check results."""
        same = (self.check, self.form, self.subject, self.measure) == tuple(
            result[name] for name in ("check_id", "form_code", "subject", "measure")
        )
        expected = Decimal(self.difference) if self.difference is not None else None
        return same and expected == result["difference"]

    def __str__(self) -> str:
        """Name the check as reasons do."""
        where = " ".join(filter(None, (self.check, self.form, self.subject, self.measure)))
        return f"{where}, difference {self.difference}" if self.difference is not None else where


class Correction(_Decision):
    """One place that was read wrongly, and what the page prints there.

    `override` puts `value` in place of what was read, or confirms it where both are the same; `drop` takes
    out a cell that prints no amount of the form, or settles an amount that stands in no cell; `flag` keeps
    the amount and marks it as doubted. `form`, `row` (item code, else line item, else printed label; none in
    F09) and `measure` name the cell, `page` is its page and `printed` the number as read; blank is ''.
    """

    action: Literal["override", "drop", "flag"]
    page: int = Field(ge=1)
    form: str | None = None
    row: str | None = None
    measure: str | None = None
    printed: Number | Literal[""]
    value: Number | Literal[""] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> "Correction":
        if (self.action == "override") != (self.value is not None):
            raise ValueError("`value` belongs to `override`, and to nothing else")
        if (self.form is None) != (self.measure is None) or (self.form is None and self.action != "drop"):
            raise ValueError("name the cell by `form`, `row` and `measure`")
        return self

    def fits(self, amount: ReportedAmount) -> bool:
        """Tell whether this is about `amount`."""
        row = amount.item_code or amount.line_item or amount.item_name
        return (
            (self.form, self.measure, self.page) == (amount.form_code, amount.measure, amount.page)
            and (amount.form_code == "F09" or self.row == row)
            and self.printed == (amount.amount_printed or "")
        )

    def __str__(self) -> str:
        """Name the cell."""
        where = " ".join(filter(None, (self.form, self.row, self.measure)))
        return f"{self.action} {where or 'an amount in no cell'}, page {self.page}, read as {self.printed!r}"


class WaiverFile(BaseModel):
    """The waivers of one report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Sha256
    file_name: str | None = None
    waivers: tuple[Waiver, ...] = Field(min_length=1)


class CorrectionFile(BaseModel):
    """The corrections of one report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Sha256
    file_name: str | None = None
    corrections: tuple[Correction, ...] = Field(min_length=1)


_File = TypeVar("_File", WaiverFile, CorrectionFile)


class ReviewError(Exception):
    """A decision file that cannot be used, or a decision that fits nothing; the message says which."""


@dataclass(frozen=True)
class Decisions:
    """What is decided about one report, and the hashes over the two files (None: no such file)."""

    waivers: tuple[Waiver, ...] = ()
    corrections: tuple[Correction, ...] = ()
    waivers_hash: str | None = None
    corrections_hash: str | None = None


NOTHING = Decisions()


def waivers_dir() -> Path:
    """Return the folder of the waiver files."""
    return settings().review_dir / "waivers"


def corrections_dir() -> Path:
    """Return the folder of the correction files."""
    return settings().review_dir / "corrections"


def load_decisions(day: datetime.date | None = None) -> dict[str, Decisions]:
    """Return all decisions by sha256. The hash of waivers changes on the day when one runs out.

    Raises ReviewError for a file that does not fit the schema, or is named for another report.
    """
    day = day or datetime.date.today()
    found: dict[str, Decisions] = {}
    for path, data in _files(corrections_dir()):
        corrections = _validated(path, data, CorrectionFile)
        found[corrections.sha256] = Decisions(
            corrections=corrections.corrections, corrections_hash=hashlib.sha256(data).hexdigest()
        )
    for path, data in _files(waivers_dir()):
        file = _validated(path, data, WaiverFile)
        holding = "".join(str(int(waiver.holds_on(day))) for waiver in file.waivers)
        before = found.get(file.sha256, NOTHING)
        found[file.sha256] = Decisions(
            file.waivers,
            before.corrections,
            hashlib.sha256(data + holding.encode()).hexdigest(),
            before.corrections_hash,
        )
    return found


def _files(folder: Path) -> Iterable[tuple[Path, bytes]]:
    return ((path, path.read_bytes()) for path in sorted(folder.glob("*.yaml")))


def _validated(path: Path, data: bytes, schema: type[_File]) -> _File:
    try:
        file = schema.model_validate(yaml.safe_load(data))
    except (ValidationError, yaml.YAMLError) as error:
        raise ReviewError(f"{path}: {error}") from error
    if path.stem != report_key(file.sha256):
        raise ReviewError(f"{path} is about {file.sha256}: name it {report_key(file.sha256)}.yaml")
    return file


def add_waivers(sha256: str, file_name: str, waivers: Sequence[Waiver]) -> Path:
    """Write waivers to the file of a report, behind those it has; return the file.

    Raises ReviewError when the file is there and cannot be used.
    """
    path = waivers_dir() / f"{report_key(sha256)}.yaml"
    earlier = _validated(path, path.read_bytes(), WaiverFile).waivers if path.exists() else ()
    new = tuple(waiver for waiver in waivers if waiver not in earlier)
    file = WaiverFile(sha256=sha256, file_name=file_name, waivers=(*earlier, *new))
    path.parent.mkdir(parents=True, exist_ok=True)
    content = file.model_dump(mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def corrected(facts: ReportFacts, corrections: Sequence[Correction]) -> ReportFacts:
    """Return facts after the corrections of a person; each changed record says so in `corrected_by`.

    Raises ReviewError when a correction fits no cell, or several.
    """
    amounts = {amount.cell_no: amount for amount in facts.amounts}
    flags = {flag.flag_no: flag for flag in facts.flags}
    records: list[CorrectionRecord] = []
    for number, correction in enumerate(corrections, start=1):
        mark = f"{correction.who}, {correction.date}: {correction.reason}"
        if correction.form is None:
            loose = [
                flag
                for flag in flags.values()
                if flag.kind == "in_no_cell"
                and flag.page == correction.page
                and text.printed_number(flag.second_text or "") == correction.printed
            ]
            _require_one(correction, len(loose))
            flags[loose[0].flag_no] = msgspec.structs.replace(loose[0], corrected_by=mark)
            records.append(_record(facts, number, correction, None))
            continue
        found = [amount for amount in amounts.values() if correction.fits(amount)]
        _require_one(correction, len(found))
        amount = found[0]
        if correction.action == "drop":
            del amounts[amount.cell_no]
        elif correction.action == "flag":
            amounts[amount.cell_no] = msgspec.structs.replace(amount, flag="doubted", corrected_by=mark)
        else:
            amounts[amount.cell_no] = _overridden(amount, correction, mark)
        if correction.action != "flag":
            flags |= {
                flag.flag_no: msgspec.structs.replace(flag, corrected_by=mark)
                for flag in flags.values()
                if flag.cell_no == amount.cell_no
            }
        records.append(_record(facts, number, correction, amount))
    return msgspec.structs.replace(
        facts, amounts=tuple(amounts.values()), flags=tuple(flags.values()), corrections=tuple(records)
    )


def _require_one(correction: Correction, found: int) -> None:
    if found != 1:
        raise ReviewError(
            f"the correction ({correction}) fits {found or 'no'} place{'s' if found > 1 else ''}. "
            f"Mend or delete it in {corrections_dir()}"
        )


def _overridden(amount: ReportedAmount, correction: Correction, mark: str) -> ReportedAmount:
    printed = correction.value or None
    return msgspec.structs.replace(
        amount,
        amount_printed=printed,
        amount_yuan=text.yuan(printed, amount.unit) if printed and amount.unit else None,
        decimals=text.decimals(printed) if printed else None,
        cell_text=correction.value or "",
        flag=None,
        corrected_by=mark,
    )


def _record(
    facts: ReportFacts, number: int, correction: Correction, amount: ReportedAmount | None
) -> CorrectionRecord:
    return CorrectionRecord(
        report_key=facts.header.report_key,
        correction_no=number,
        action=correction.action,
        cell_no=amount.cell_no if amount else None,
        form_code=correction.form,
        item=correction.row,
        measure=correction.measure,
        page=correction.page,
        printed_before=correction.printed or None,
        printed_after=correction.value or None,
        reason=correction.reason,
        who=correction.who,
        decided_on=correction.date,
    )
