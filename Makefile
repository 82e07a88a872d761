# Two commands are enough: `make serve` and `make test`. Both make .venv by themselves and can be run again.
# A changed pyproject.toml makes .venv anew. `make bench` has an environment of its own, .bench.

PYTHON ?= python3
PORT ?= 8000
ROUNDS ?= 5
SECONDS ?= 3
HOST ?= 127.0.0.1

PROJECT := $(shell cksum < pyproject.toml | tr -d ' ')
RUNS := .venv/runs-$(PROJECT)
TESTS := .venv/tests-$(PROJECT)
BENCH := .bench/bench-$(PROJECT)
CLIENTS := .node/clients-$(shell cat tests/conformance/clients/* | cksum | tr -d ' ')

# LOCKED=1 installs the versions whose hashes are in .ci/requirements-*.txt, and nothing else.
QUIET := --quiet --disable-pip-version-check
LOCK = .lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

# On both processors, but for tests that a busy machine would mislead.  PARALLEL="" runs all in one process.
PARALLEL ?= -n 2 --dist loadfile
INNER := tests/rdf tests/sparql tests/graph tests/queries tests/dataset tests/process tests/test_quoting.py tests/test_architecture.py

.PHONY: help serve check test test-external lint types spelling pytest coverage mutants format bench lock clean

help:
	@echo "make serve   the SPARQL endpoint and the pages at http://$(HOST):$(PORT)  (another port: make serve PORT=8001)"
	@echo "make check   formatting, lint, types, spelling and the tests that need no server: within a minute"
	@echo "make test    the same, and all tests but those that need a JDK or another engine"
	@echo "make test-external  the tests that need a JDK (HermiT) or Node.js (Comunica)"
	@echo "make coverage       what the tests of make check leave out"
	@echo "make mutants MODULES=\"src/otsgraph/…py …\"  plants faults in modules, and says which no test notices"
	@echo "make format  formats the code"
	@echo "make lock    brings .ci/requirements-*.txt up to date: versions and hashes for CI and deployment"
	@echo "make bench   measures beside other endpoints, into benchmarks/RESULTS.md  (shorter: make bench ROUNDS=1 SECONDS=1)"
	@echo "make clean   removes .venv, .bench and the caches"

serve: $(RUNS)
	@exec .venv/bin/otsgraph serve --host $(HOST) --port $(PORT)

check: lint types spelling
	.venv/bin/pytest -q $(PARALLEL) $(INNER)

test: lint types spelling pytest

lint: $(TESTS)
	.venv/bin/ruff format --check src tests benchmarks
	.venv/bin/ruff check src tests benchmarks

types: $(TESTS)
	.venv/bin/mypy

spelling: $(TESTS)
	.venv/bin/codespell

pytest: $(TESTS)
	.venv/bin/pytest -q $(PARALLEL) -m "not alone and not java and not node"
	.venv/bin/pytest -q -m alone

test-external: $(TESTS) $(if $(shell command -v npm),$(CLIENTS))
	.venv/bin/pytest -q -m "java or node"

coverage: $(TESTS)
	.venv/bin/pytest -q $(PARALLEL) --cov --cov-report=term:skip-covered $(INNER) tests/engine tests/checks

# further options: MUTANTS="--most 40 --seed 1"
mutants: $(TESTS)
	@.venv/bin/python tests/mutants.py $(MODULES) $(MUTANTS)

format: $(TESTS)
	.venv/bin/ruff format src tests benchmarks
	.venv/bin/ruff check --fix src tests benchmarks

bench: $(BENCH)
	@.bench/bin/python -m benchmarks --rounds $(ROUNDS) --seconds $(SECONDS)

# the folder, what goes into it, and which lock file has its versions
ifdef LOCKED
install = $(1)/bin/pip install $(QUIET) --require-hashes --requirement .ci/requirements-$(3).txt \
	&& $(1)/bin/pip install $(QUIET) --no-deps --no-build-isolation --editable .
else
install = $(1)/bin/pip install $(QUIET) --editable '$(2)'
endif

define environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "otsgraph needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
@echo "Setting up $(1) (about half a minute, once) ..."
@rm -rf $(1)
@$(PYTHON) -m venv $(1)
@$(call install,$(1),$(2),$(3))
@touch $@
endef

$(RUNS):
	$(call environment,.venv,.,serve)

$(BENCH):
	$(call environment,.bench,.[bench],bench)

$(TESTS): $(RUNS)
	@echo "Adding what the tests need to .venv ..."
	@$(call install,.venv,.[test],test)
	@touch $@

$(CLIENTS):
	@echo "Adding the clients from the npm registry that the tests use to .node ..."
	@rm -rf .node
	@mkdir .node
	@cp tests/conformance/clients/* .node/
	@cd .node && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch ../$@ || echo "They cannot be had now; the tests that need them are skipped."

lock:
	@$(PYTHON) -m venv .lock && .lock/bin/pip install $(QUIET) 'uv>=0.9,<1'
	@printf 'hatchling>=1.27,<2\neditables\n' | $(LOCK) pyproject.toml - --output-file .ci/requirements-serve.txt
	@printf 'hatchling>=1.27,<2\neditables\n' | $(LOCK) --extra test pyproject.toml - --output-file .ci/requirements-test.txt

clean:
	rm -rf .venv .bench .lock .node .mypy_cache .pytest_cache .ruff_cache .hypothesis
