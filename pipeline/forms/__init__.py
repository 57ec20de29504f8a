"""From a `Document` to facts. Knows the statutory forms; knows nothing about file formats."""
