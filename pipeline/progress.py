"""Where the stages tell how far they are: nowhere, until somebody asks to be told.

Belongs here: the one listener of this process. Does not: how progress is shown (`cli`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, int, int], None]
"""Called with the stage, how many files are done, and how many there are to do."""

_listeners: list[Listener] = []


def report(stage: str, done: int, todo: int) -> None:
    """Tell whoever listens how far a stage is."""
    for listener in _listeners:
        listener(stage, done, todo)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Tell `listener` inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
