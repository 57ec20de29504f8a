"""Export: the published database as files that need no DuckDB.

Belongs here: Parquet and CSV files, a workbook per report, the Data Package that describes them, the
manifest. Does not: opening a database (`warehouse`; every function takes a connection) or arguments (`cli`).
"""
