"""What the checks of labels are given of one report, and what they answer.

Belongs here: the two records and how an answer becomes a row of results. Does not: any check (`labels`,
`code_names`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Stated:
    """One report: header, forms, labels, claims; of the amounts those of F01, F04 and of rows with a code."""

    head: Record
    forms: Sequence[Record]
    labels: Sequence[Record]
    claims: Sequence[Record]
    amounts: Sequence[Record]

    @property
    def key(self) -> str:
        """The report's key."""
        return str(self.head["report_key"])


@dataclass(frozen=True)
class Told:
    """One answer. `severity` is that of the check unless given; `reported` and `computed` are in 元."""

    status: str
    message: str | None
    form: str | None = None
    subject: str | None = None
    pages: Sequence[int] = ()
    cells: Sequence[int] = ()
    claims: Sequence[int] = ()
    terms: int = 0
    severity: str | None = None
    reported: Decimal | None = None
    computed: Decimal | None = None

    def row(self, report: str, check: str, severity: str) -> Record:
        """Return the answer as a row of `results.CHECK_SCHEMA`."""
        compared = self.reported is not None and self.computed is not None
        return {
            "report_key": report,
            "check_id": check,
            "form_code": self.form,
            "subject": self.subject,
            "severity": self.severity or severity,
            "status": self.status,
            "reported": self.reported,
            "computed": self.computed,
            "difference": self.reported - self.computed if compared else None,  # type: ignore[operator]
            "unit": "元" if compared else None,
            "terms": self.terms,
            "page": self.pages[0] if self.pages else None,
            "pages": list(self.pages),
            "cell_nos": list(self.cells),
            "claim_nos": list(self.claims),
            "message": self.message,
        }
