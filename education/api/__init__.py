"""What providers' own systems ask: deliver, read, correct and withdraw completions, by a token."""
