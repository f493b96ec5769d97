# Every target works from nothing: it makes and fills .venv itself, and is quick the second time.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
TSC    := $(VENV)/typescript/node_modules/typescript/bin/tsc
HOST   ?= 127.0.0.1
PORT   ?= 8000
.DEFAULT_GOAL := help
.PHONY: help run test check unit bench format clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(VENV)/.run  ## serve the page and the API at http://127.0.0.1:8000
	$(BIN)/cxr serve --host $(HOST) --port $(PORT)

test: $(VENV)/.zoo  ## install what the tests need, then run all of them
	./tests/prepare
	$(BIN)/python -m pytest

check: $(VENV)/.dev $(VENV)/.tsc  ## the gate: lint, types, architecture, dead code, unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/node $(TSC) --project service/web/page
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/python -m pytest -q tests/unit tests/test_architecture.py

unit: $(VENV)/.dev  ## the fast tests alone
	$(BIN)/python -m pytest -q tests/unit

bench: $(VENV)/.zoo  ## print the benchmarks, write bench/results/*.json
	$(BIN)/python -m bench

format: $(VENV)/.dev  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what the targets made (not var/, where studies are kept)
	rm -rf $(VENV) bench/results .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("cxr-scribe needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) --editable '.[dev,local-llm]'
	@touch $@

# The page's types are read by TypeScript's own checker. node and npm are wheels of the development packages.
$(VENV)/.tsc: $(VENV)/.dev tests/browser/typescript/package.json tests/browser/typescript/package-lock.json
	@mkdir -p $(VENV)/typescript
	cp tests/browser/typescript/*.json $(VENV)/typescript/
	PATH="$(abspath $(BIN)):$$PATH" npm ci --prefix $(VENV)/typescript --no-audit --no-fund --ignore-scripts --loglevel error
	@touch $@

# torch and the model zoo (6 GB): what converts public networks is tested against the originals, and benchmarked too.
$(VENV)/.zoo: $(VENV)/.dev
	$(PIP) --editable '.[dev,local-llm,zoo,bench]'
	@touch $@
