"""Files that come in from elsewhere: read one record at a time, whatever is in them, and account for every line."""
