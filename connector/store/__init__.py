"""Storage: models by aggregate, sessions, reads that return dataclasses, migrations."""
