"""Sources of reports as data: what `sources/*.yaml` may say, validated.

Belongs here: the models, loading, which source is due. Does not: following a source (`spider`, `links`). How
an entry is written is explained in docs/new_source.md.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import cssselect
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.acquire.crawl_log import CrawlSummary
from pipeline.staging import fingerprint

BEIJING = timezone(timedelta(hours=8))

FILE_TYPES = {
    "pdf": ("pdf",),
    "doc": ("doc", "docx", "rtf", "html", "mhtml"),  # web pages saved under the name of Word are common
    "docx": ("docx", "doc"),
    "rtf": ("rtf",),
    "xls": ("xls", "xlsx", "html"),
    "xlsx": ("xlsx", "xls"),
    "zip": ("zip",),
    "rar": ("archive", "zip"),
    "7z": ("archive",),
    "ofd": ("ofd",),
}
"""What a file may be (`pipeline.file_type`) whose link has this extension."""

WebAddress = Annotated[str, Field(pattern=r"^https?://[^/\s]+\S*$")]
Extension = Literal["pdf", "doc", "docx", "rtf", "xls", "xlsx", "zip", "rar", "7z", "ofd"]


class SourceError(Exception):
    """A file of sources that cannot be used; the message names file and key."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(text: str | None) -> str | None:
    if text is not None:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
    return text


def _selector(text: str | None) -> str | None:
    if text is not None:
        try:
            cssselect.parse(text)
        except cssselect.SelectorError as error:
            raise ValueError(f"not a CSS selector: {error}") from error
    return text


class Paging(_Model):
    """How a list goes on. `{page}` is the number of the page in `url`, or in the parameters of the list.

    Pages are asked for one after the other, from `first` on, until one is not there, adds no link, or `limit`
    is reached. `last`: a pattern whose group is the number of the last page; `next`: words of the link that
    leads on, in place of numbers.
    """

    url: WebAddress | None = None
    first: int = 2
    last: str | None = None
    next: str | None = None
    limit: Annotated[int, Field(gt=0, le=1000)] = 50

    _check_pattern = field_validator("last")(_pattern)


class Rows(_Model):
    """Where the rows of a JSON list are: dotted paths; `rows` empty means that the answer is the list itself.

    `url` may be a text with `{field}`, filled from the row, for portals whose rows have an id only.
    """

    rows: str = ""
    url: str
    title: str
    published_at: str | None = None
    department: str | None = None


class ReportList(_Model):
    """A list of reports. `within`: a CSS selector of the part of the page that is the list.

    `folders`: words of links that lead to further lists of the same kind (departments, years).
    """

    url: WebAddress
    method: Literal["GET", "POST"] = "GET"
    form: dict[str, str] = {}
    json_body: dict[str, Any] | None = None
    paging: Paging | None = None
    rows: Rows | None = None
    within: str | None = None
    folders: tuple[str, ...] = ()

    _check_selector = field_validator("within")(_selector)

    @model_validator(mode="after")
    def _posts_have_something_to_post(self) -> "ReportList":
        if self.method == "GET" and (self.form or self.json_body is not None):
            raise ValueError("form and json_body belong to method POST; put parameters of GET into url")
        numbered = self.paging is not None and self.paging.next is None and self.paging.url is None
        if numbered and "{page}" not in f"{self.url} {self.form} {self.json_body}":
            raise ValueError(
                "paging needs {page} in its url, or in url, form or json_body of the list, or `next`"
            )
        return self


class Reports(_Model):
    """Which links lead to reports, and what is told from them.

    `words`: a title needs one; `without`: and none of these. `attachments`: extensions that are taken.
    `within`: the part of a page of a report that has its attachments. `inline`: a page without attachments
    whose tables are the report is archived itself. `department`, `published_at`: patterns whose group is
    the department in the title, and the day on the page.
    """

    words: tuple[str, ...] = ("决算",)
    without: tuple[str, ...] = ("预算公开目录", "采购", "招标")
    attachments: tuple[Extension, ...] = ("pdf", "doc", "docx", "xls", "xlsx", "zip", "rar")
    within: str | None = None
    inline: bool = False
    department: str = r"^(?:关于)?(?:20\d\d年度?)?(.{2,40}?)(?:20\d\d年|部门决算|单位决算|决算)"
    published_at: str = r"(?:发布|公开|更新)?(?:日期|时间)\s*[:：]?\s*(20\d\d[-年/.]\d{1,2}[-月/.]\d{1,2})"

    _check_selector = field_validator("within")(_selector)
    _check_patterns = field_validator("department", "published_at")(_pattern)


class Limits(_Model):
    """How gently and how far. Times in seconds; `redo_days`: when a file without ETag is fetched again."""

    delay: Annotated[float, Field(ge=0)] = 2.0
    concurrent: Annotated[int, Field(gt=0, le=16)] = 1
    timeout: Annotated[float, Field(gt=0)] = 180
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    backoff: Annotated[float, Field(gt=0)] = 5.0
    longest_wait: Annotated[float, Field(gt=0)] = 600
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    megabytes: Annotated[float, Field(gt=0)] = 200
    files: Annotated[int, Field(gt=0)] = 20_000
    pages: Annotated[int, Field(gt=0)] = 20_000
    minutes: Annotated[float, Field(gt=0)] = 360
    redo_days: Annotated[float, Field(ge=0)] = 30


class Season(_Model):
    """In these months the source is crawled every so many days."""

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    every_days: Annotated[float, Field(gt=0)]


class Calendar(_Model):
    """When a source is due. Final accounts appear August to October, budgets January to March.

    `reports_due`: month and day of the following year (MM-DD) until which the place publishes final accounts,
    where that is not the day in dbt_project.yml.
    """

    seasons: tuple[Season, ...] = (
        Season(months=(8, 9, 10), every_days=1),
        Season(months=(1, 2, 3), every_days=3),
    )
    every_days: Annotated[float, Field(gt=0)] = 14
    reports_due: str | None = None

    @field_validator("reports_due")
    @classmethod
    def _is_a_day_of_every_year(cls, day: str | None) -> str | None:
        if day is not None and not re.fullmatch(r"\d\d-\d\d", day):
            raise ValueError("not a month and a day such as 10-31")
        if day is not None:
            date.fromisoformat(f"2001-{day}")
        return day

    def days_between(self, when: datetime) -> float:
        """Return how many days apart crawls are at this time of the year."""
        month = when.astimezone(BEIJING).month
        return min(
            (season.every_days for season in self.seasons if month in season.months), default=self.every_days
        )


class Source(_Model):
    """One portal. `key` is the name of its file; `verified`: somebody looked that it is as written here.

    `hosts`: further hosts that files may come from. `private_hosts`: hosts, as addresses have
    them, that may be reached although they are not public. `encoding`: of pages that do not state theirs.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    name: str
    place: str
    division_code: Annotated[str, Field(pattern=r"^\d{6}$")] | None = None
    verified: bool = False
    note: str | None = None
    hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    encoding: str | None = None
    lists: Annotated[tuple[ReportList, ...], Field(min_length=1)]
    reports: Reports = Reports()
    limits: Limits = Limits()
    calendar: Calendar = Calendar()

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str | None) -> str | None:
        if encoding is not None:
            try:
                "".encode(encoding)
            except LookupError as error:
                raise ValueError(f"{error}") from error
        return encoding

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Hosts that may be asked: those of the lists and `hosts`, without ports."""
        own = {urlsplit(entry.url).hostname or "" for entry in self.lists}
        return frozenset(own | {host.lower() for host in self.hosts})

    @property
    def rules(self) -> str:
        """A fingerprint of everything that decides which links are found."""
        parts = self.model_dump_json(include={"lists", "reports", "encoding", "hosts"})
        return fingerprint(sorted(Path(__file__).parent.glob("links.py")), parts)


def load_source(path: Path) -> Source:
    """Read one source; raises SourceError naming file and key."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise SourceError(f"{path}: not a mapping of keys; see docs/new_source.md")
    try:
        return Source(key=path.stem, **content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SourceError(f"{path}: {problems}") from error
    except TypeError as error:  # `key` given in the file
        raise SourceError(f"{path}: key: is the name of the file ({error})") from error


def load_sources(folder: Path) -> dict[str, Source]:
    """Read every source of a folder, by key; raises SourceError for the first that cannot be used."""
    return {path.stem: load_source(path) for path in sorted(folder.glob("*.yaml"))}


def usable_sources(folder: Path) -> tuple[dict[str, Source], tuple[SourceError, ...]]:
    """Read every source of a folder, by key, and what is wrong with those that cannot be used.

    For whoever works on many sources without a hand: one wrong file must not stop the others.
    """
    usable, wrong = {}, []
    for key in source_keys(folder):
        try:
            usable[key] = load_source(folder / f"{key}.yaml")
        except SourceError as error:
            wrong.append(error)
    return usable, tuple(wrong)


def source_keys(folder: Path) -> list[str]:
    """Return the keys of the sources of a folder, without reading them."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def due_sources(sources: Sequence[Source], summaries: Sequence[CrawlSummary], when: datetime) -> list[Source]:
    """Return the verified sources whose last crawl is longer ago than their calendar says.

    A source that nobody has looked at is crawled when it is named, never by itself.
    """
    last: dict[str, datetime] = {}
    for summary in summaries:
        if summary.year is not None:
            continue  # it left the other years alone
        started = datetime.fromisoformat(summary.started_at)
        last[summary.source] = max(started, last.get(summary.source, started))
    return [
        source for source in sources
        if source.verified and (
            source.key not in last
            # An hour of grace: a daily schedule must not miss a day because a crawl began late.
            or when - last[source.key] >= timedelta(days=source.calendar.days_between(when), hours=-1)
        )
    ]  # fmt: skip
