"""From a file to a `Document`. Knows file formats; knows nothing fiscal."""
