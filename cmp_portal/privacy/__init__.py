"""What is stored of a person, and how it leaves: with the account, with the record, or when its time is over."""
