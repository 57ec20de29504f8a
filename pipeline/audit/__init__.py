"""From facts to check results and a verdict. Knows the identities; knows nothing about files or forms."""
