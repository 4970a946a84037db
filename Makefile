# Everything one does with Waypost's source. Needs make, and Python 3.11 or newer with pip and venv.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(wildcard tracking/translations/*/LC_MESSAGES/waypost.po)
# one more than the cores of a small machine: tests of processes and browsers wait a lot
PYTEST_WORKERS ?= 3
# all but karrio: docs/decisions/0007-karrio-in-a-process-of-its-own.md
LOCKED_EXTRAS := --extra redis

.PHONY: help setup demo test check bench lint types layers translations messages fix docs migrate lock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## install what is missing into .venv, exactly as locked

.venv/.ready: requirements/dev.txt requirements/bootstrap.txt pyproject.toml $(CATALOGUES)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q tracking recommendations
	$(BIN)/pybabel --quiet compile --directory tracking/translations --domain waypost
	@touch $@

demo: setup ## the main job on an embedded default: three furnished stores, carriers, mail and phone
	@$(BIN)/waypost demo

test: setup ## the whole test suite
	$(BIN)/pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

check: lint ## what .ci/run runs: lint, types, layers, translations, tests
	$(MAKE) test

bench: setup ## the benchmarks, figures as a table and as JSON in benchmarks/results/
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

lint: setup types layers translations ## style, types, layers, complete translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

translations: setup ## fail if a sentence is not translated
	$(BIN)/python -m tracking.translations check

fix: setup ## put right what can be put right by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## write the generated pages of docs/
	$(BIN)/waypost carriers list --markdown > docs/carriers.md.new
	mv docs/carriers.md.new docs/carriers.md

messages: setup ## bring the translation catalogues up to date with the sentences in the source
	$(BIN)/python -m tracking.translations update

migrate: setup ## write a migration for what changed in the models: make migrate MESSAGE="add x"
	$(BIN)/python -m tracking.migrations "$(MESSAGE)"

lock: setup ## lock the newest dependencies that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --no-header --python-version 3.11 pyproject.toml $(LOCKED_EXTRAS) --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 pyproject.toml $(LOCKED_EXTRAS) -c requirements/dev.txt -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 -c requirements/dev.txt -o requirements/bootstrap.txt - <<< uv

clean: ## remove what was built
	rm -rf .venv .venv-implicit .mypy_cache .ruff_cache .pytest_cache dist
