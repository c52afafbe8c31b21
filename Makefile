# The entries of this repository. `make` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help demo test lint format bench reference lock
help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# python3 without ensurepip (Debian's) cannot make a full venv: virtualenv's zipapp is not needed,
# because `venv --without-pip` plus the bundled bootstrap would hide that; say what to install.
$(BIN)/assetbuild: pyproject.toml
	$(PYTHON) -m venv $(VENV) || { echo "install python3-venv first"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo:  ## build the example app through bin/compile and start what the slug holds
	$(CURDIR)/fixtures/demo.sh

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

# --universal: one lock for Python 3.10 to 3.14 on every platform; no index is named in it
lock: $(BIN)/assetbuild  ## pin what builds the slug, by hash
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements/build.lock
