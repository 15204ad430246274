"""The provider API: deliver, read, correct and withdraw completions, authenticated by a token."""
