"""Fault injection: real processes are killed, frozen and restarted, and the data is checked afterwards."""
