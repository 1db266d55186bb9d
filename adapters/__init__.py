"""The outside world, one folder a system, each behind a port."""
