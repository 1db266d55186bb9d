"""The vendors' specifications, held against what crossed the wire."""
