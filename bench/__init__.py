"""Benchmarks: what the product does in a second, beside what the same machine does without it.

Each measures the product's own processes, started as the Procfile has them, against a bare responder
on loopback; its baseline is measured in the same run. `sixthtouch bench NAME` runs them.
"""
