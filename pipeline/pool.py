"""Running a function over many files in processes, each call under a time and a memory limit.

Belongs here: processes, limits, and turning whatever goes wrong into a value. Does not: what is run
(`stages`), or where it runs when one machine is not enough.
"""

import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

Item = TypeVar("Item")
Result = TypeVar("Result")

log = logging.getLogger(__name__)

# Imported once by the fork server, so that a worker starts in milliseconds, also after a crash.
PRELOAD = ["pipeline.stages", "pipeline.read.files", "pipeline.forms.extract", "pyarrow.parquet"]

# A worker is replaced after this many calls: libraries that read PDFs never give all memory back.
CALLS_PER_WORKER = 100


@dataclass(frozen=True)
class Limits:
    """What one call may use. `megabytes` is address space, enforced where the system can (Linux).

    `seconds` is for a call without its steps (`step`), each of which may take `step_seconds`.
    """

    seconds: float
    megabytes: int
    workers: int = 0
    step_seconds: float = 0

    @property
    def processes(self) -> int:
        """The number of worker processes: one per core unless told otherwise."""
        return self.workers or os.cpu_count() or 1


@dataclass(frozen=True)
class Failed:
    """A call that gave no result.

    `reason` is `time_limit`, `memory_limit`, `crashed` (the process died) or `error`, and only the last
    has the exception that the function raised.
    """

    reason: str
    message: str
    error: BaseException | None = None


def limited_map(
    function: Callable[[Item], Result], items: Iterable[Item], limits: Limits
) -> Iterator[tuple[Item, Result | Failed]]:
    """Yield every item with its result, or with why there is none, in the order in which they finish.

    `function`, items and results must be picklable. One call's failure touches no other call. `items` is
    consumed as results are taken: never more than a few calls per process are waiting. Raises
    BrokenProcessPool when no process can be started.
    """
    waiting: dict[Future[Result], Item] = {}
    source: Iterator[Item] = iter(items)
    call = _Guarded(function, limits.seconds, limits.step_seconds)
    pool: ProcessPool | None = None
    finished = False
    try:
        while True:
            for item in islice(source, 2 * limits.processes - len(waiting)):
                if pool is None:
                    pool = _start_pool(limits)
                waiting[pool.schedule(call, args=(item,))] = item
            if not waiting:
                finished = True
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    raise error  # no worker can be started: nothing to do with the item
                yield waiting.pop(future), future.result() if error is None else _failed(error, limits)
    finally:
        if pool is not None:
            if finished:
                pool.close()  # type: ignore[no-untyped-call]
            else:
                pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


class _Guarded(Generic[Item, Result]):
    """Calls the function with an alarm set, which ends the process: also one whose master was killed."""

    def __init__(self, function: Callable[[Item], Result], seconds: float, step_seconds: float) -> None:
        self.function = function
        self.seconds = seconds
        self.step_seconds = step_seconds

    def __call__(self, item: Item) -> Result:
        global _step_seconds  # noqa: PLW0603  # a process runs one call at a time
        _step_seconds = self.step_seconds
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            return self.function(item)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            _step_seconds = 0


_step_seconds: float = 0
"""In a worker: what one step of the call may take, 0 where steps have no time of their own."""


@contextmanager
def step() -> Iterator[None]:
    """Give what is done inside a time of its own: the clock of the call stands still meanwhile.

    For work whose amount lies in the file, such as recognising page after page of a scan. Outside a worker
    it does nothing.
    """
    if not _step_seconds:
        yield
        return
    left, _ = signal.setitimer(signal.ITIMER_REAL, _step_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)


def _start_pool(limits: Limits) -> ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return ProcessPool(
        max_workers=limits.processes,
        max_tasks=CALLS_PER_WORKER,
        initializer=_limit_memory,
        initargs=(limits.megabytes,),
        context=context,
    )


def _limit_memory(megabytes: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    size = megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        size = min(size, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    except (ValueError, OSError) as error:
        # macOS knows the limit but refuses to set it; the time limit still holds there.
        log.warning("memory limit not set: %s", error)


def _failed(error: BaseException, limits: Limits) -> Failed:
    if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGALRM:
        each = f", or than {limits.step_seconds:g} for one page of a scan" if limits.step_seconds else ""
        return Failed("time_limit", f"took longer than {limits.seconds:g} seconds{each}")
    if isinstance(error, MemoryError):
        return Failed("memory_limit", f"needed more than {limits.megabytes} MB of memory")
    if isinstance(error, ProcessExpired):
        code = error.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Failed("crashed", f"the process ended without a result ({how})")
    return Failed("error", str(error), error)  # what the function raised
