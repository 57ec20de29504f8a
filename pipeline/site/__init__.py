"""The website: static pages over the published database, readable without server, network or script.

Belongs here: what pages show and how they look. Does not: any check, any figure of its own (amounts are the
exact text of the database), or a database file (`warehouse` opens it; the functions here take a connection).
"""
