"""The crawler process: one source, one run of Scrapy, then it ends.

Belongs here: setting up Scrapy, speaking with the process that started this one (`crawl`). Does not: what is
fetched (`spider`). Started as `python -m pipeline.acquire.crawler`.
"""

import logging
import sys
from pathlib import Path

import msgspec
import scrapy.downloadermiddlewares.cookies as scrapy_cookies
from scrapy.crawler import CrawlerProcess
from tldextract import TLDExtract

from pipeline.acquire.archive import Archive
from pipeline.acquire.crawl import Event, Order
from pipeline.acquire.crawl_log import CrawlBusyError, CrawlStore
from pipeline.acquire.network import scrapy_settings
from pipeline.acquire.sources import Source
from pipeline.acquire.spider import ReportSpider


def main() -> None:
    """Carry out the order on standard input, telling on standard output how far it is."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)  # Scrapy's own loggers are set to tell everything
    logging.basicConfig(handlers=[handler], format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # The list of public suffixes comes with the package; it is not fetched.
    scrapy_cookies._split_domain = TLDExtract(
        cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True
    )
    source = Source.model_validate_json(order.source)
    store = CrawlStore(Path(order.crawl_dir), source.key)
    try:
        with store.locked():
            store.begin(order.year)
            process = CrawlerProcess(scrapy_settings(source, order.contact))
            process.crawl(
                ReportSpider,
                source=source,
                store=store,
                archive=Archive(Path(order.raw_dir)),
                task=order.task,
                tell=tell,
            )
            process.start()
    except CrawlBusyError as error:
        tell(Event(busy=str(error)))


def tell(event: Event) -> None:
    """Write an event; where nobody listens any more the crawl goes on, since its records are on the disk."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        pass


if __name__ == "__main__":
    main()
