"""The warehouse: the only room that knows a database path or opens a connection.

Belongs here: tables, loading staged results, running dbt, publishing. Does not: reading reports, judging
them, or the order of the stages.
"""
