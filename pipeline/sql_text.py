"""Values as SQL text, for statements that take no parameters.

Belongs here: quoting. Does not: any statement.
"""


def literal(value: str) -> str:
    """Return `value` as an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"
