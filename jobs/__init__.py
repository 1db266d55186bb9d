"""What RQ and the clock run: a job takes ids, loads, calls one use case; periodic jobs are data."""
