"""How many figures of the narrative are read, and how many of them rightly, against ground truth.

    python benchmarks/narrative.py TRUTH_DIR ID=FILE...

TRUTH_DIR holds `<ID>.narrative.csv` with the columns section, metric, subject, value, unit. A claim is found
when section, metric, subject and unit agree, and right when the value does too; several with the same key are
matched in print order. Words and dates are counted apart from numbers. The last line holds the worst recall
and precision of numbers over all files.
"""

import argparse
import csv
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import msgspec

from pipeline.facts import NarrativeClaim
from pipeline.forms.extract import extract_facts
from pipeline.narrative.claims import read_claims
from pipeline.read.files import read_file

WORDS = ("text", "date")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """Claims of one kind: `stated` in the truth, `read` by the pipeline, `right` in key and value.

    `missing`, `extra` and `wrong` are the claims that are not, in words.
    """

    stated: int
    read: int
    right: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The part of the stated claims that is read rightly, in per cent."""
        return 100 * self.right / self.stated if self.stated else 100.0

    @property
    def precision(self) -> float:
        """The part of the read claims that is stated so, in per cent."""
        return 100 * self.right / self.read if self.read else 100.0


def score(truth: Iterable[Mapping[str, str]], claims: Iterable[NarrativeClaim], *, words: bool) -> Score:
    """Compare the placed claims with the truth, words and dates or numbers."""
    stated: dict[Key, list[str]] = defaultdict(list)
    for row in truth:
        if (row["unit"] in WORDS) == words:
            key = (row["section"], row["metric"], _plain(row["subject"]), row["unit"])
            stated[key].append(row["value"])
    read: dict[Key, list[str]] = defaultdict(list)
    for claim in claims:
        if claim.placed and (claim.unit in WORDS) == words:
            key = (claim.section, claim.metric or "", _plain(claim.subject or ""), claim.unit or "")
            read[key].append(_value(claim))
    right = 0
    missing, extra, wrong = [], [], []
    for key in stated | read:
        pairs = min(len(stated[key]), len(read[key]))
        for expected, value in zip(stated[key], read[key], strict=False):
            if _same(expected, value, words):
                right += 1
            else:
                wrong.append(f"{_name(key)}: {value}, stated {expected}")
        missing += [f"{_name(key)}: {value}" for value in stated[key][pairs:]]
        extra += [f"{_name(key)}: {value}" for value in read[key][pairs:]]
    counts = sum(map(len, stated.values())), sum(map(len, read.values()))
    return Score(*counts, right, tuple(missing), tuple(extra), tuple(wrong))


def _plain(subject: str) -> str:
    return "".join(subject.split()).replace("(", "（").replace(")", "）")


def _value(claim: NarrativeClaim) -> str:
    if claim.unit == "date":
        parts = re.findall(r"\d+", claim.value_printed)
        return "-".join(part.zfill(2) for part in parts)
    return claim.value_printed if claim.value is None else str(claim.value)


def _same(expected: str, value: str, words: bool) -> bool:
    return expected == value if words else Decimal(expected) == Decimal(value)


def _name(key: Key) -> str:
    return " ".join(part or "-" for part in key)


def main() -> None:
    """Print the scores of the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", type=Path, help="folder with <ID>.narrative.csv")
    parser.add_argument("files", nargs="+", metavar="ID=FILE")
    arguments = parser.parse_args()
    worst_recall = worst_precision = 100.0
    for argument in arguments.files:
        name, _, file = argument.partition("=")
        with (arguments.truth / f"{name}.narrative.csv").open(encoding="utf-8", newline="") as stream:
            truth = list(csv.DictReader(stream))
        document = read_file(Path(file), max_pages=1000)
        facts = extract_facts(document)
        read_claims(document, facts)
        started = time.perf_counter()
        claims = read_claims(document, facts)
        seconds = time.perf_counter() - started
        unplaced = [claim for claim in claims if not claim.placed]
        print(f"{name} ({Path(file).name}): {len(document.pages)} pages, {1000 * seconds:.0f} ms")
        for kind, words in (("numbers", False), ("words", True)):
            result = score(truth, claims, words=words)
            print(
                f"  {kind}: stated {result.stated}, read {result.read}, right {result.right},"
                f" value errors {len(result.wrong)}, recall {result.recall:.1f} %,"
                f" precision {result.precision:.1f} %"
            )
            for word, lines in (
                ("wrong", result.wrong),
                ("missing", result.missing),
                ("extra", result.extra),
            ):
                for line in lines:
                    print(f"    {word}: {line}")
            if not words:
                worst_recall = min(worst_recall, result.recall)
                worst_precision = min(worst_precision, result.precision)
        print(f"  unplaced: {len(unplaced)}")
        for claim in unplaced:
            print(f"    {claim.section}: {claim.value_printed} {claim.unit or ''} in {claim.sentence[:80]}")
    print(
        msgspec.json.encode(
            {"recall": round(worst_recall, 2), "precision": round(worst_precision, 2)}
        ).decode()
    )


if __name__ == "__main__":
    main()
