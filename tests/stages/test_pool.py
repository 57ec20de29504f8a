"""Whatever one call does to itself, the others give their results."""

import os
import time

from pipeline.pool import Failed, Limits, limited_map, step

LIMITS = Limits(seconds=20, megabytes=2048, workers=2)


def double(number: int) -> int:
    return 2 * number


def misbehave(how: str) -> str:
    if how == "sleep":
        time.sleep(60)
    if how == "exit":
        os._exit(3)
    if how == "abort":
        os.abort()
    if how == "raise":
        raise ValueError("no such form")
    if how == "allocate":
        return str(len(bytearray(4 * 1024**3)))
    return how


def process_of(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_every_item_comes_back_with_its_own_result() -> None:
    assert dict(limited_map(double, range(50), LIMITS)) == {number: 2 * number for number in range(50)}


def test_no_items_start_no_process() -> None:
    assert list(limited_map(double, [], LIMITS)) == []


def test_calls_share_a_few_processes_outside_this_one() -> None:
    processes = {pid for _, pid in limited_map(process_of, range(12), LIMITS)}
    assert len(processes) <= 2
    assert os.getpid() not in processes


def test_items_are_taken_as_results_are_taken() -> None:
    taken = 0

    def items():
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    results = limited_map(double, items(), LIMITS)
    next(results)
    results.close()
    assert taken <= 10


def test_a_call_that_goes_wrong_is_told_and_the_others_go_on() -> None:
    limits = Limits(seconds=3, megabytes=1024, workers=2)
    calls = ["a", "sleep", "b", "exit", "c", "allocate", "d", "raise", "abort", "e"]
    results = dict(limited_map(misbehave, calls, limits))
    failed = {item: result for item, result in results.items() if isinstance(result, Failed)}
    assert {item: result.reason for item, result in failed.items()} == {
        "sleep": "time_limit",
        "exit": "crashed",
        "abort": "crashed",
        "allocate": "memory_limit",
        "raise": "error",
    }
    assert {item for item in results if item not in failed} == {"a", "b", "c", "d", "e"}
    assert failed["sleep"].message == "took longer than 3 seconds"
    assert failed["allocate"].message == "needed more than 1024 MB of memory"
    assert failed["exit"].message == "the process ended without a result (exit code 3)"
    assert failed["abort"].message == "the process ended without a result (SIGABRT)"
    assert isinstance(failed["raise"].error, ValueError)


def test_workers_may_be_told() -> None:
    assert Limits(seconds=1, megabytes=1, workers=3).processes == 3
    assert Limits(seconds=1, megabytes=1).processes == os.cpu_count()


def take_time(seconds: tuple[float, float]) -> str:
    with step():
        time.sleep(seconds[0])
    time.sleep(seconds[1])
    return "done"


def test_a_step_has_time_of_its_own_and_the_clock_of_the_call_stands_still() -> None:
    limits = Limits(seconds=2, megabytes=1024, workers=2, step_seconds=5)
    long_step, long_call, neither = (9, 0), (0, 4), (3, 0)
    results = dict(limited_map(take_time, [long_step, long_call, neither], limits))
    assert results[neither] == "done"
    for call in (long_step, long_call):
        failed = results[call]
        assert isinstance(failed, Failed)
        assert failed.reason == "time_limit"
        assert failed.message == "took longer than 2 seconds, or than 5 for one page of a scan"


def test_without_a_pool_a_step_is_nothing() -> None:
    assert take_time((0, 0)) == "done"
