"""Building the site: which pages there are, which of them changed, and putting them where they belong.

Belongs here: names of files, content hashes, writing and removing, work in parallel. Does not: what stands on
a page.

A page begins with the hash of what it was made of (rows, templates, strings, code). One whose hash is the
same is not written again. Pages are written beside their place and renamed, so a reader never sees half of
one; killed at any point, the next build goes on.
"""

import hashlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from pipeline.audit.results import STATUSES
from pipeline.audit.rulebook import rulebook
from pipeline.config import settings
from pipeline.pool import Failed, Limits, limited_map
from pipeline.site import department, evidence, overview, query, report
from pipeline.site.query import Report
from pipeline.site.report import Picture
from pipeline.site.text import HERE, LANGUAGES, pair, strings, templates
from pipeline.staging import fingerprint, write_atomically
from pipeline.warehouse.database import read_published

log = logging.getLogger(__name__)

# So many reports are fetched and held together: few queries, little memory.
CHUNK = 50
# Below this many reports starting processes takes longer than they save.
_WORTH_PROCESSES = 3 * CHUNK

REPORTS, DEPARTMENTS, ASSETS = "reports", "departments", "assets"
_HEAD = "<!doctype html>\n<!-- fiscal site {} -->\n"
_OURS = b"<!doctype html>\n<!-- fiscal site "
_OWN_ASSETS = ("site.css", "site.js")


class SiteError(Exception):
    """A site that cannot be built; the message says what to do."""


class Names(msgspec.Struct, frozen=True):
    """Names of forms and measures in both languages, as the database has them."""

    forms: dict[str, tuple[str, str]]
    measures: dict[str, tuple[str, str]]

    def measure(self, form: str, side: str | None, name: str) -> Markup:
        """Return the name of a measure of a form; its key where it has none."""
        return pair(*self.measures.get(f"{form}.{side or ''}.{name}", (name, None)))

    def form(self, code: str) -> Markup:
        """Return the name of a form; its code where it has none."""
        return pair(*self.forms.get(code, (code, None)))


class Chunk(msgspec.Struct, frozen=True):
    """Reports whose pages are made together, with what is known about them from the others."""

    target: Path
    database: Path
    reports: list[Report]
    versions: dict[str, list[Report]]
    pictures: dict[str, list[Picture]]
    names: Names
    digests: dict[str, str]


class Written(msgspec.Struct, frozen=True):
    """How many pages were written and how many were as they should be."""

    written: int
    unchanged: int


class Summary(msgspec.Struct, frozen=True):
    """What a build did."""

    target: Path
    reports: int
    departments: int
    written: int
    unchanged: int
    removed: int
    pictures: int
    seconds: float


def build_site(target: Path, database: Path | None = None, workers: int | None = None) -> Summary:
    """Build the site of the published database into the folder `target`.

    `database` and `workers` (0: one per core) default to those of the settings. Raises DatabaseError when
    nothing is published, SiteError when `target` holds something else or pages of a report cannot be made.
    """
    start = time.perf_counter()
    database = database or settings().published_database
    workers = settings().workers if workers is None else workers
    _check_target(target)
    with read_published(database) as con:
        con.execute("set enable_progress_bar = false")
        reports = query.reports(con)
        published = str(query.table(con, "select published_at from audit.publication")[0]["published_at"])[
            :19
        ]
        names = Names(
            {
                row["form_code"]: (row["name_zh"], row["name_en"])
                for row in query.table(con, query.FORM_NAMES)
            },
            {
                f"{row['form_code']}.{row['side'] or ''}.{row['measure']}": (row["name_zh"], row["name_en"])
                for row in query.table(con, query.MEASURE_NAMES)
            },
        )
        marks = query.marks(con, [r.report_key for r in reports])
        digests = query.digests(con)
    target.mkdir(parents=True, exist_ok=True)
    _write_assets(target / ASSETS)
    pictures, drawn = evidence.pictures(target, reports, marks, workers)
    done = list(_report_pages(target, database, reports, pictures, names, digests, workers))
    with read_published(database) as con:
        by_department = _by_department(reports)
        done.append(_department_pages(target, con, by_department, names))
        done.append(_common_pages(target, con, reports, names, published))
    removed = _remove_leftovers(
        target,
        {f"{REPORTS}/{r.report_key}.html" for r in reports}
        | {f"{DEPARTMENTS}/{key}.html" for key in by_department}
        | {f"{evidence.FOLDER}/{p.file}" for own in pictures.values() for p in own if p.file},
    )
    return Summary(
        target,
        len(reports),
        len(by_department),
        sum(each.written for each in done),
        sum(each.unchanged for each in done),
        removed,
        drawn,
        time.perf_counter() - start,
    )


def _check_target(target: Path) -> None:
    index = target / "index.html"
    if target.exists() and not target.is_dir():
        raise SiteError(f"{target} is a file; give a folder")
    if target.is_dir() and any(target.iterdir()) and not _is_ours(index):
        # Killed before its first overview was written, a site has nothing but our folders.
        strange = [
            p.name for p in target.iterdir() if p.name not in (REPORTS, DEPARTMENTS, ASSETS, "pictures")
        ]
        if strange:
            raise SiteError(f"{target} holds files that are no site ({strange[0]} …); give an empty folder")


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_OURS)) == _OURS
    except OSError:
        return False


# Pages ------------------------------------------------------------------------------------------------------


def _report_pages(
    target: Path,
    database: Path,
    reports: Sequence[Report],
    pictures: Mapping[str, list[Picture]],
    names: Names,
    contents: Mapping[str, str],
    workers: int,
) -> Iterator[Written]:
    versions = _versions(reports)
    titles = sorted(rulebook().titles().items())
    digests = {
        one.report_key: _hash(
            versions[one.report_key],
            contents.get(one.report_key),
            pictures.get(one.report_key),
            names,
            titles,
        )
        for one in reports
    }
    changed = [r for r in reports if not _holds(_report_path(target, r.report_key), digests[r.report_key])]
    yield Written(0, len(reports) - len(changed))
    chunks = [
        Chunk(
            target,
            database,
            list(part),
            {r.report_key: versions[r.report_key] for r in part},
            {r.report_key: pictures.get(r.report_key, []) for r in part},
            names,
            {r.report_key: digests[r.report_key] for r in part},
        )
        for part in _chunks(changed)
    ]
    if len(changed) < _WORTH_PROCESSES:
        yield from map(report_pages, chunks)
        return
    limits = Limits(settings().read_seconds, settings().read_megabytes, workers)
    failures = []
    for chunk, result in limited_map(report_pages, chunks, limits):
        if isinstance(result, Failed):
            failures.append(
                f"{chunk.reports[0].file_name} and the {len(chunk.reports) - 1} after it: {result.message}"
            )
        else:
            yield result
    if failures:
        raise SiteError("pages of reports could not be made; build again. " + "; ".join(failures))


def report_pages(chunk: Chunk) -> Written:
    """Write the pages of some reports."""
    keys = [r.report_key for r in chunk.reports]
    with read_published(chunk.database) as con:
        con.execute("set threads = 1")
        con.execute("set enable_progress_bar = false")
        parts = {kind.__name__: query.parts(con, kind, keys) for kind in query.PARTS}
    titles = rulebook().titles()
    for one in chunk.reports:
        facts = report.Facts(
            one,
            chunk.versions[one.report_key],
            {name: rows[one.report_key] for name, rows in parts.items() if one.report_key in rows},
            chunk.pictures[one.report_key],
        )
        path = _report_path(chunk.target, one.report_key)
        context = report.context(facts, titles)
        _write(path, chunk.digests[one.report_key], "report", context, chunk.names)
    return Written(len(keys), 0)


def _report_path(target: Path, key: str) -> Path:
    return target / REPORTS / f"{key}.html"


def _department_pages(
    target: Path, con: Any, by_department: Mapping[str, list[Report]], names: Names
) -> Written:
    written = 0
    for keys in _chunks(sorted(by_department)):
        for facts in department.facts(con, keys, by_department):
            digest = _hash(facts)
            path = target / DEPARTMENTS / f"{facts.key}.html"
            if _holds(path, digest):
                continue
            context = department.context(facts)
            _write(path, digest, "department", context, names)
            written += 1
    return Written(written, len(by_department) - written)


def _common_pages(target: Path, con: Any, reports: Sequence[Report], names: Names, published: str) -> Written:
    pages: dict[str, dict[str, Any]] = {
        "reports": {"reports": reports},
        "departments": {"departments": overview.departments(con, reports)},
        "checks": {"rates": overview.check_rates(con), "titles": rulebook().titles(), "statuses": STATUSES},
        # The overview last: a folder with one is a site.
        "index": overview.overview(con, reports),
    }
    written = 0
    for name, context in pages.items():
        body = (
            templates()
            .get_template(f"{name}.html.j2")
            .render(**context, names=names, published=published, root="", page=name)
        )
        digest = hashlib.sha256((_fingerprint() + body).encode()).hexdigest()[:24]
        path = target / f"{name}.html"
        if not _holds(path, digest):
            write_atomically(path, (_HEAD.format(digest) + body).encode())
            written += 1
    return Written(written, len(pages) - written)


def _write(path: Path, digest: str, page: str, context: Mapping[str, Any], names: Names) -> None:
    """Write the page of a report or department. It shows nothing that its hash is not over."""
    body = (
        templates()
        .get_template(f"{page}.html.j2")
        .render(**context, names=names, published="", root="../", page=page)
    )
    write_atomically(path, (_HEAD.format(digest) + body).encode())


def _holds(path: Path, digest: str) -> bool:
    head = _HEAD.format(digest).encode()
    try:
        with path.open("rb") as file:
            return file.read(len(head)) == head
    except FileNotFoundError:
        return False


def _hash(*parts: Any) -> str:
    digest = hashlib.sha256(_fingerprint().encode())
    for part in parts:
        digest.update(msgspec.json.encode(part))
    return digest.hexdigest()[:24]


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Return a hash over all that makes pages of rows: code, templates, strings."""
    files = (path for path in HERE.rglob("*") if path.suffix in (".py", ".j2", ".yaml"))
    return fingerprint(sorted(files))


# Files ------------------------------------------------------------------------------------------------------


def _write_assets(folder: Path) -> None:
    """Write style sheet, scripts, strings, and the chart library where its version is not there yet."""
    import vl_convert

    for name in _OWN_ASSETS:
        _write_if_changed(folder / name, (HERE / "assets" / name).read_bytes())
    words = {
        language: {key: texts[index] for key, texts in strings().items()}
        for index, language in enumerate(LANGUAGES)
    }
    text = "window.FISCAL_STRINGS = " + json.dumps(words, ensure_ascii=False, separators=(",", ":")) + ";\n"
    _write_if_changed(folder / "strings.js", text.encode())
    library = folder / "vega.js"
    head = f"/* vl-convert {version('vl-convert-python')} */\n".encode()
    if not library.exists() or not library.read_bytes().startswith(head):
        # In a function of its own: the bundle's names are nobody else's business.
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").encode()
        write_atomically(library, head + b"(function () {\n" + bundle + b"\n})();\n")


def _write_if_changed(path: Path, data: bytes) -> None:
    if not path.exists() or path.read_bytes() != data:
        write_atomically(path, data)


def _remove_leftovers(target: Path, wanted: set[str]) -> int:
    """Remove pages and pictures of what is gone, and what a killed build left; return how many."""
    removed = 0
    for folder in (REPORTS, DEPARTMENTS, evidence.FOLDER):
        for path in sorted((target / folder).glob("*")):
            half = path.name.startswith(".new.")
            ours = half or path.suffix == ".webp" or _is_ours(path)
            if ours and f"{folder}/{path.name}" not in wanted:
                path.unlink()
                removed += not half
    return removed


# Reports ----------------------------------------------------------------------------------------------------


def _versions(reports: Iterable[Report]) -> dict[str, list[Report]]:
    """Return the versions of each report's account, itself among them, the newest first."""
    accounts: dict[str, list[Report]] = defaultdict(list)
    for one in reports:
        accounts[one.account_key].append(one)
    found = {}
    for group in accounts.values():
        ordered = sorted(group, key=lambda r: (-r.revision_no, r.report_key))
        found.update({one.report_key: ordered for one in group})
    return found


def _by_department(reports: Iterable[Report]) -> dict[str, list[Report]]:
    found: dict[str, list[Report]] = defaultdict(list)
    for one in reports:
        if one.department_key is not None:
            found[one.department_key].append(one)
    return found


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(items), CHUNK):
        yield items[first : first + CHUNK]
