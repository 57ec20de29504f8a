"""How the crawler behaves on the network: gently, within limits, and towards public addresses only.

Belongs here: Scrapy's settings and the parts put into it (addresses, hosts, robots.txt, waiting), and what
went wrong in one word. Does not: what is asked for (`spider`).
"""

import asyncio
import email.utils
import ipaddress
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer, provider

from pipeline.acquire.crawl_log import Reason
from pipeline.acquire.sources import Source

log = logging.getLogger(__name__)

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that a gateway translates to IPv4 (RFC 6052)."""
_LONGEST_CRAWL_DELAY = 60
"""A robots.txt that asks for more than this between requests is taken to mean this."""
_refused: set[str] = set()
"""Hosts that were not reached because their addresses are not public. One crawl is one process."""


class RefusedError(IgnoreRequest):
    """A request that is not sent, and why."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet, seen through every kind of translation."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class PublicAddresses:
    """Resolves names, and leaves out addresses that are not public, unless the source allows the host.

    Scrapy connects to the very addresses that come from here, also for addresses written as numbers and
    after redirects, so that no name can lead into a private network.
    """

    def __init__(self, reactor: Any, allowed: frozenset[str]) -> None:
        self.reactor = reactor
        self.allowed = allowed
        self.original = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicAddresses":
        """Make the resolver of a crawl (called by Scrapy)."""
        return cls(reactor, frozenset(crawler.settings.getlist("PRIVATE_HOSTS")))

    def install_on_reactor(self) -> None:
        """Put the resolver in force (called by Scrapy)."""
        self.reactor.installNameResolver(_Resolver(self))


@implementer(IHostnameResolver)
class _Resolver:
    def __init__(self, rules: PublicAddresses) -> None:
        self.rules = rules

    # The names are those of the interface.
    def resolveHostName(self, receiver: Any, host: str, *args: Any, **named: Any) -> Any:  # noqa: N802
        rules = self.rules

        @provider(IResolutionReceiver)
        class Sieve:
            @staticmethod
            def resolutionBegan(resolution: Any) -> None:  # noqa: N802
                receiver.resolutionBegan(resolution)

            @staticmethod
            def addressResolved(address: Any) -> None:  # noqa: N802
                if host in rules.allowed or is_public(address.host):
                    receiver.addressResolved(address)
                else:
                    _refused.add(host)

            @staticmethod
            def resolutionComplete() -> None:  # noqa: N802
                receiver.resolutionComplete()

        return rules.original.resolveHostName(Sieve, host, *args, **named)


class Borders:
    """Lets requests out to the hosts of the source only, redirected ones too, and only while there is time.

    Scrapy's own limit of time still sends what is waiting.
    """

    def __init__(self, hosts: frozenset[str], minutes: float) -> None:
        self.hosts = hosts
        self.minutes = minutes
        self.end = time.monotonic() + minutes * 60

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Borders":
        """Make the middleware of a crawl (called by Scrapy)."""
        hosts = frozenset(crawler.settings.getlist("ALLOWED_HOSTS"))
        return cls(hosts, crawler.settings.getfloat("CRAWL_MINUTES"))

    async def process_request(self, request: Request) -> None:
        """Refuse a request to another host, or after the end."""
        if time.monotonic() > self.end:
            raise RefusedError("limit", f"the crawl took longer than {self.minutes:g} minutes")
        host = urlsplit(request.url).hostname or ""
        if host not in self.hosts:
            raise RefusedError("other_host", f"{host} is no host of this source; add it to `hosts` if it is")


class Robots(RobotsTxtMiddleware):
    """Obeys robots.txt; one that a fault of the server hides forbids everything (RFC 9309, 2.3.1.4).

    Scrapy's own takes such a file for permission, and does not keep to `Crawl-delay`.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.unreadable: dict[str, RefusedError] = {}

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Refuse what robots.txt forbids."""
        await super().process_request(request)
        refusal = self.unreadable.get(urlsplit(request.url).netloc)
        if refusal is not None and not request.meta.get("dont_obey_robotstxt"):
            raise refusal

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self.unreadable[netloc] = RefusedError(
                "robots", f"robots.txt answers {response.status}: not allowed"
            )
        if response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)
        self._keep_to_delay(self._parsers[netloc])

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        reason, message = reason_of(exc, f"http://{netloc}/")
        self.unreadable[netloc] = RefusedError(reason, f"robots.txt: {message}")
        super()._robots_error(exc, netloc)

    def _keep_to_delay(self, parser: Any) -> None:
        stated = parser.rp.crawl_delay(self.crawler.settings["USER_AGENT"])  # rp: Protego's
        if stated:
            delay = min(float(stated), _LONGEST_CRAWL_DELAY)
            downloader: Any = self.crawler.engine.downloader if self.crawler.engine else None
            downloader._delay = max(delay, downloader._delay)
            for slot in downloader.slots.values():
                slot.delay = max(delay, slot.delay)
            throttle = self.crawler.get_extension(AutoThrottle)
            if throttle is not None:
                throttle.mindelay = max(delay, throttle.mindelay)


class Patience(RetryMiddleware):
    """Tries again after waiting: as long as the server says (Retry-After), else twice as long each time.

    A server that answers 429 or 503 is left alone meanwhile by every request of the crawl.
    """

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.backoff = settings.getfloat("BACKOFF")
        self.longest_wait = settings.getfloat("LONGEST_WAIT")
        self.quiet_until: dict[str, float] = {}

    async def process_request(self, request: Request) -> None:
        """Wait until the request may be sent."""
        while (wait := self._due(request) - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        """Return the request anew, with the time from which it may be sent, or the answer."""
        if response.status not in self.retry_http_codes:
            return response
        stated = retry_after(response.headers.get("Retry-After"))
        if stated is not None and stated > self.longest_wait:
            return response
        again = self._retry(request, f"status {response.status}")
        if again is None:
            return response
        self._wait(again, stated)
        if stated is not None or response.status in (429, 503):
            host = urlsplit(request.url).netloc
            self.quiet_until[host] = max(self.quiet_until.get(host, 0), again.meta["not_before"])
        return again

    def process_exception(
        self, request: Request, exception: Exception, spider: Any = None
    ) -> Request | Response | None:
        """Return the request anew after a fault of the connection, None where trying again is no use."""
        if reason_of(exception, request.url)[0] == "private_address":
            return None
        if not isinstance(exception, self.exceptions_to_retry):
            return None
        again = self._retry(request, exception)
        if again is not None:
            self._wait(again, None)
        return again

    def _wait(self, request: Request, stated: float | None) -> None:
        tries = request.meta["retry_times"]
        wait = stated if stated is not None else min(self.backoff * 2 ** (tries - 1), self.longest_wait)
        request.meta["not_before"] = time.monotonic() + wait

    def _due(self, request: Request) -> float:
        own: float = request.meta.get("not_before", 0)
        return max(own, self.quiet_until.get(urlsplit(request.url).netloc, 0))


class Conditional:
    """Counts the requests that ask only for what changed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Conditional":
        """Make the middleware of a crawl (called by Scrapy)."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Count."""
        if "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
            self.crawler.stats.inc_value("conditional")


def retry_after(header: bytes | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, as number or as date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    text = header.decode("latin-1").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def reason_of(error: BaseException, url: str) -> tuple[Reason, str]:
    """Return in one word, and in a sentence, why a request has no answer."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, RefusedError):
        return error.reason, text
    if isinstance(error, IgnoreRequest):
        if "robots.txt" in text:
            return "robots", "robots.txt forbids it"
        if "redirections" in text:
            return "redirects", "redirected too often"
        return "too_large" if "DOWNLOAD_MAXSIZE" in text else "crawler", text
    host = urlsplit(url).hostname or ""
    if isinstance(error, CannotResolveHostError):
        if host in _refused:
            return (
                "private_address",
                f"{host} has no public address; add it to `private_hosts` if it may be asked",
            )
        return "dns", f"{host} is not known to the name server"
    if isinstance(error, DownloadTimeoutError | TimeoutError):
        return "timeout", text
    if isinstance(error, DownloadCancelledError):
        return "too_large", text
    if isinstance(error, ResponseDataLossError) or "PotentialDataLoss" in text or "_DataLoss" in text:
        return "truncated", "the answer broke off"
    if "certificate" in text.lower() or "ssl" in text.lower() or "tls" in text.lower():
        return "tls", text
    if isinstance(error, UnsupportedURLSchemeError | ValueError):
        return "bad_address", text
    if isinstance(error, DownloadConnectionRefusedError | DownloadFailedError | OSError):
        return "connection", text
    return "crawler", f"{type(error).__name__}: {text}"


def scrapy_settings(source: Source, contact: str) -> dict[str, Any]:
    """Return the settings of Scrapy for a source. Nothing of Scrapy's that listens or reports is on."""
    limits = source.limits
    return {
        "USER_AGENT": f"fiscal-warehouse/0.1 ({contact or 'reads published final accounts'})",
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "fiscal-warehouse",
        # What waits for its host has been let out already, so that little may wait.
        "CONCURRENT_REQUESTS": 2 * limits.concurrent + 2,
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrent,
        "DOWNLOAD_DELAY": limits.delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # the delay is a promise, not a mean
        "AUTOTHROTTLE_ENABLED": limits.delay > 0,
        "AUTOTHROTTLE_START_DELAY": limits.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(limits.concurrent),
        "DOWNLOAD_TIMEOUT": limits.timeout,
        "DOWNLOAD_MAXSIZE": int(limits.megabytes * 1_000_000),
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "RETRY_TIMES": limits.retries,
        "BACKOFF": limits.backoff,
        "LONGEST_WAIT": limits.longest_wait,
        "REDIRECT_MAX_TIMES": limits.redirects,
        "CRAWL_MINUTES": limits.minutes,
        "HTTPERROR_ALLOW_ALL": True,
        # A proxy would resolve names itself, where nobody sees which address it connects to.
        "HTTPPROXY_ENABLED": False,
        "ALLOWED_HOSTS": sorted(source.allowed_hosts),
        "PRIVATE_HOSTS": list(source.private_hosts),
        "TWISTED_DNS_RESOLVER": f"{__name__}.PublicAddresses",
        "DOWNLOAD_HANDLERS": {"file": None, "ftp": None, "s3": None, "data": None},
        "DOWNLOADER_MIDDLEWARES": {
            f"{__name__}.Borders": 50,
            f"{__name__}.Robots": 100,
            f"{__name__}.Patience": 550,
            f"{__name__}.Conditional": 900,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        },
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_ENABLED": False,  # the process sets up its log itself
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
