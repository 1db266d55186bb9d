# Works with Python 3.11+ and make alone. `make run` and `make test` set up what they need.
#
#   make run          the product with a sandbox to play with, on http://localhost:8000
#   make run FRESH=1  the same, everything forgotten first
#   make test         the suite, on SQLite and the embedded Valkey
#   make chaos        two thousand touches while everything fails: docs/chaos.md
#   make lint         format, lint, types, layers
#
# Another Python: make PYTHON=python3.13 …

PYTHON ?= python3
BIN := .venv/bin
# No wheel is built here and nothing comes but what the locks name by hash.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
LOCKED := $(PIP) --require-hashes -r

# A stamp says for which lock it was made: newer lock, new set-up.
RUNTIME := .venv/.runtime
DEV := .venv/.dev
ASSETS := connector/web/static/vendor/manifest.json

.PHONY: setup assets run test chaos lint clean
.DEFAULT_GOAL := run

setup: $(RUNTIME) $(ASSETS)

assets: $(ASSETS)

run: setup
	@exec $(BIN)/sixthtouch run

test: $(DEV) $(ASSETS)
	@exec $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

chaos: $(DEV) $(ASSETS)
	@exec $(BIN)/python -m tests.chaos $(ARGS)

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv node_modules connector/web/static/vendor dist htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Sixth Touch needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; \
	  exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what requirements.txt locks"
	@$(LOCKED) requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@: > $@

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what requirements-dev.txt locks"
	@$(LOCKED) requirements-dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@: > $@
	@: > $(RUNTIME)

# npm comes from PyPI where the machine has none, and trusts whom the machine trusts (a company's proxy).
$(ASSETS): package.json package-lock.json assets/vendor.py | $(BIN)/python
	@echo "Preparing the pages' assets"
	@command -v npm > /dev/null || test -x $(BIN)/npm || $(LOCKED) requirements-assets.txt
	@NODE_USE_SYSTEM_CA=1 PATH="$(PATH):$(CURDIR)/$(BIN)" npm ci --ignore-scripts --loglevel=error > /dev/null
	@$(BIN)/python assets/vendor.py
