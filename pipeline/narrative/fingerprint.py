"""The fingerprint of everything in this room that decides what facts are.

Belongs here: which files that are. Does not: what they do.
"""

from pathlib import Path

from pipeline.staging import fingerprint


def narrative_fingerprint() -> str:
    """Return the fingerprint of the code and dictionaries of this room."""
    here = Path(__file__).parent
    return fingerprint([*here.rglob("*.py"), *here.rglob("*.yaml")])
