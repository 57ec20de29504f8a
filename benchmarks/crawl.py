"""How fast files of a portal are archived, what a second crawl asks for, and what becomes of each fault.

    python -m benchmarks.crawl [--files N]

The portal is the simulator of the tests, on loopback and without a rate limit, so that what is measured is
the crawler and the archive. Ends with 1 when a file is lost or doubled, or a fault ends otherwise than it
should.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pipeline.acquire.archive import Archive, read_verified
from pipeline.acquire.crawl import crawl
from pipeline.acquire.crawl_log import CrawlSummary, read_crawls
from pipeline.acquire.sources import Source
from pipeline.config import settings
from tests.acquire.portal import families
from tests.acquire.portal.server import Answer, Portal, serving

FILE_BYTES = 200_000


def lost_and_doubled(wanted: set[str]) -> tuple[int, int]:
    """Return how many of the wanted addresses have no file, and how many files are there beyond one each."""
    files = Archive(settings().raw_dir).list_files()
    for file in files:
        read_verified(file)
    known = Counter(file.manifest.file_url for file in files)
    return len(wanted - set(known)), sum(count - 1 for count in known.values())


def throughput(count: int) -> bool:
    """Crawl so many files twice; print times and requests; tell whether all came once."""
    portal = Portal()
    with serving(portal):
        listed = families.many(portal, count, bytes_each=FILE_BYTES)
        source = Source(key="many", **families.source_of(portal, listed, limits={"concurrent": 16}))
        well = True
        print(
            f"{'crawl':8} {'seconds':>8} {'files/s':>8} {'requests':>9} {'conditional':>12} {'downloads':>10}"
        )
        for name in ("first", "second"):
            started = time.perf_counter()
            summary = crawl(source)
            seconds = time.perf_counter() - started
            print(
                f"{name:8} {seconds:8.1f} {count / seconds:8.0f} {summary.requests:9} "
                f"{summary.conditional:12} {summary.downloads:10}"
            )
            well &= summary.status == "complete" and summary.listed == count
        lost, doubled = lost_and_doubled({f"{portal.url}/m/{number}.pdf" for number in range(count)})
    print(f"needed by the second crawl: robots.txt, 1 list, {count} files; lost {lost}, doubled {doubled}\n")
    return well and not lost and not doubled and summary.downloads == 0


def faults() -> bool:
    """Crawl a portal with every fault; print how each ended; tell whether as expected."""
    portal = Portal()
    with serving(portal):
        content = families.source_of(
            portal,
            families.faults(portal),
            hosts=["localhost", "127.0.0.2", "::1"],
            limits={"timeout": 1.5, "megabytes": 0.2, "redirects": 3, "longest_wait": 5},
        )
        crawl(Source(key="faults", **content))
    (ended,) = read_crawls(settings().crawl_dir, "faults")
    got = {(url.title or "").removesuffix("2022年决算"): url for url in ended.urls}
    good = {url.file_url for name, url in got.items() if name in families.HAD}
    lost, doubled = lost_and_doubled(good)
    well = True
    print(f"{'fault':22} {'outcome':10} reason")
    for name, url in sorted(got.items(), key=lambda item: (item[1].outcome, item[0])):
        expected = families.FAULTS[name][0] if name in families.FAULTS else url.reason
        well &= url.reason == expected
        print(
            f"{name:22} {url.outcome:10} {url.reason or ''}{'' if url.reason == expected else '  UNEXPECTED'}"
        )
    print(f"of {len(good)} files that could be had: lost {lost}, doubled {doubled}\n")
    return well and len(good) == len(families.HAD) and not lost and not doubled


def kills(times: int) -> bool:
    """Kill a crawl so many times at growing ages, then let it end; tell whether all came once and whole."""
    portal = Portal()
    with serving(portal):
        listed = families.many(portal, 100)
        for number in range(100):
            portal.routes[f"/m/{number}.pdf"] = Answer(
                families.pdf(f"killed {number}").body + bytes(20_000), pause=0.02, drip=0.003
            )
        source = Source(key="killed", **families.source_of(portal, listed, limits={"concurrent": 4}))
        code = "import sys; from pipeline.acquire.crawl import crawl, Source; "
        code += "crawl(Source.model_validate_json(sys.stdin.read()))"
        raw = settings().raw_dir
        for _ in range(times):
            archived = len(list(raw.rglob("*.pdf")))
            process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True
            )
            assert process.stdin is not None
            process.stdin.write(source.model_dump_json().encode())
            process.stdin.close()
            while process.poll() is None and len(list(raw.rglob("*.pdf"))) < archived + 100 // (times + 1):
                time.sleep(0.002)
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()
        summary: CrawlSummary = crawl(source)
    lost, doubled = lost_and_doubled({f"{portal.url}/m/{number}.pdf" for number in range(100)})
    print(
        f"killed {times} times during 100 files, resumed: {summary.resumed}; lost {lost}, doubled {doubled}"
    )
    return summary.resumed and not lost and not doubled


def main() -> int:
    """Run all three in a folder of their own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1000)
    count = parser.parse_args().files
    logging.disable(logging.WARNING)
    well = True
    for part in (lambda: throughput(count), faults, lambda: kills(5)):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["FISCAL_DATA_DIR"] = str(Path(folder))
            settings.cache_clear()
            well &= part()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
