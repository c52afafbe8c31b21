# The entries of this repository. `make` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help demo test lint format bench reference
help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# python3 without ensurepip (Debian's) cannot make a full venv: virtualenv's zipapp is not needed,
# because `venv --without-pip` plus the bundled bootstrap would hide that; say what to install.
$(BIN)/assetbuild: pyproject.toml
	$(PYTHON) -m venv $(VENV) || { echo "install python3-venv first"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(BIN)/assetbuild  ## build the example app and show what it made
	$(BIN)/assetbuild compile --project fixtures/polyglot_shop

test: $(BIN)/assetbuild  ## run all tests
	$(BIN)/python -m pytest -n auto

lint: $(BIN)/assetbuild  ## ruff and mypy, both strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(BIN)/assetbuild  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(BIN)/assetbuild  ## write the generated pages of docs/reference/
	$(BIN)/python -m tests.support.reference --write

bench: $(BIN)/assetbuild  ## measure against peers
	$(BIN)/python -m benchmarks
