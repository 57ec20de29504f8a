"""Getting report files into the archive: from paths, from the inbox; nothing here knows what a file says."""
