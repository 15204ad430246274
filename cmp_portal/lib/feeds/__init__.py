"""Import of external files: read one record at a time, tolerating any content and accounting for every line."""
