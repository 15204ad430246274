"""The inventory of personal data and its erasure: with the account, with the record, or after retention."""
