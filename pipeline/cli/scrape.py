"""The command that crawls portals.

Belongs here: which sources are meant, what is printed, exit codes. Does not: crawling (`acquire.crawl`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipeline.acquire.crawl import CrawlError, check, crawl, preview
from pipeline.acquire.crawl_log import Crawl, CrawlBusyError, CrawlSummary, latest_summaries
from pipeline.acquire.sources import Source, SourceError, due_sources, load_sources
from pipeline.cli.output import console, stop
from pipeline.cli.progress import progress_bars
from pipeline.config import settings

CRAWL_FAILED = 1
"""Exit code when some source was not read to its end, or is alarming."""

_COLOURS = {"complete": "green", "incomplete": "yellow", "failed": "red"}
_REPORTS_SHOWN = 5


def scrape(
    names: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help="keys of sources")] = None,
    every: Annotated[bool, typer.Option("--all", help="all sources, due or not, verified or not")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="list what would be fetched")] = False,
    year: Annotated[
        int | None, typer.Option(help="only what says this fiscal year or none; needs SOURCE")
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="look at the first page of each list only; write nothing")
    ] = False,
) -> None:
    """Fetch new reports from portals into the archive; without SOURCE, from those that are due.

    The exit code is 0 when every source was read to its end, 1 when one was not or is alarming.
    """
    if year is not None and (not names or dry_run or check_only):
        stop("--year needs SOURCE, and goes with neither --dry-run nor --check")
    sources = _chosen(names or [], every or check_only)
    if not sources:
        console().print(
            "No source is due (unverified ones never are): name one, or `--all` for every source."
        )
    well, archived = True, 0
    for source in sources:
        try:
            if check_only:
                well &= _check(source)
            elif dry_run:
                with progress_bars():
                    found = preview(source)
                well &= _print_preview(found)
            else:
                with progress_bars():
                    summary = crawl(source, year)
                well &= _print_summary(summary)
                archived += summary.new + summary.changed
        except (CrawlError, CrawlBusyError) as error:
            console().print(f"[red]{'broken off':12}[/] {error}", soft_wrap=True)
            well = False
    if archived:
        console().print(
            f"Next: [bold]fiscal ingest {settings().raw_dir}[/] loads the {archived} new files; "
            "[bold]fiscal ui[/], while it runs, does so by itself.",
            soft_wrap=True,
        )
    raise typer.Exit(0 if well else CRAWL_FAILED)


def _chosen(names: Sequence[str], every: bool) -> list[Source]:
    try:
        sources = load_sources(settings().sources_dir)
    except SourceError as error:
        stop(str(error))
    unknown = [name for name in names if name not in sources]
    if unknown:
        stop(f"no source {', '.join(unknown)}; there are {', '.join(sources)}")
    if names:
        return [sources[name] for name in names]
    if every:
        return list(sources.values())
    return due_sources(list(sources.values()), latest_summaries(settings().crawl_dir), datetime.now(UTC))


def _check(source: Source) -> bool:
    pages = check(source)
    for page in pages:
        if page.message is not None:
            console().print(
                f"[red]{'not read':12}[/] {source.key}  {page.url}  {page.message}", soft_wrap=True
            )
            continue
        colour, word = ("green", "found") if page.reports else ("yellow", "no report")
        more = f", goes on at {page.next_url}" if page.next_url else ""
        console().print(
            f"[{colour}]{word:12}[/] {source.key}  {page.url}  {len(page.reports)} of {page.anchors} links "
            f"lead to reports ({page.encoding or 'JSON'}{more})",
            soft_wrap=True,
        )
        for title in page.reports[:_REPORTS_SHOWN]:
            console().print(f"{'':12} {title}", soft_wrap=True, markup=False)
    return bool(pages) and all(page.reports for page in pages)


def _print_preview(found: Crawl) -> bool:
    for url in found.urls:
        known = " ".join(filter(None, (str(url.year_hint or ""), url.department_hint, url.published_at)))
        line = f"{url.outcome:12} {url.file_url}  {url.title or ''}  {known}  {url.message or ''}"
        console().print(line.rstrip(), soft_wrap=True, markup=False)
    return _print_summary(found.summary)


def _print_summary(summary: CrawlSummary) -> bool:
    counts = ", ".join(
        f"{count} {word}"
        for word in ("new", "duplicate", "changed", "unchanged", "gone", "failed")
        if (count := getattr(summary, word))
    )
    reasons = ", ".join(f"{reason} {count}" for reason, count in summary.failed_by_reason.items())
    console().print(
        f"[{_COLOURS[summary.status]}]{summary.status:12}[/] {summary.source}  {summary.listed} listed"
        f"{': ' if counts else ''}{counts}{f' ({reasons})' if reasons else ''}; {summary.requests} requests",
        soft_wrap=True,
    )
    for alarm in summary.alarms:
        console().print(f"[red]{'alarm':12}[/] {summary.source}  {alarm}", soft_wrap=True)
    return summary.status == "complete" and not summary.alarms
