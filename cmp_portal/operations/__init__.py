"""What operators look at: whether it is ready, how much waits, and what the doctor finds."""
