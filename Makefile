# Two commands are enough: `make serve` and `make test`. Both make .venv by themselves and can be run again.
# A changed pyproject.toml makes .venv anew.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1

PROJECT := $(shell cksum < pyproject.toml | tr -d ' ')
RUNS := .venv/runs-$(PROJECT)
TESTS := .venv/tests-$(PROJECT)

.PHONY: help serve test lint types pytest format clean

help:
	@echo "make serve   the SPARQL endpoint and the pages at http://$(HOST):$(PORT)  (another port: make serve PORT=8001)"
	@echo "make test    formatting, lint, types and all tests"
	@echo "make format  formats the code"
	@echo "make clean   removes .venv and the caches"

serve: $(RUNS)
	@exec .venv/bin/otsgraph serve --host $(HOST) --port $(PORT)

test: lint types pytest

lint: $(TESTS)
	.venv/bin/ruff format --check src tests
	.venv/bin/ruff check src tests

types: $(TESTS)
	.venv/bin/mypy

pytest: $(TESTS)
	.venv/bin/pytest

format: $(TESTS)
	.venv/bin/ruff format src tests
	.venv/bin/ruff check --fix src tests

$(RUNS):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "otsgraph needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (about half a minute, once) ..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TESTS): $(RUNS)
	@echo "Adding what the tests need to .venv ..."
	@.venv/bin/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
