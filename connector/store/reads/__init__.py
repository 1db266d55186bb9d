"""Reads: queries that several places share, a few per batch and never one a row."""
