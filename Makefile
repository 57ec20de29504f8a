# Set-up rests on .venv alone. `make run` and `make test` need nothing but Python 3.11-3.13, git and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
UV := $(shell command -v uv 2>/dev/null)

export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: setup run test test-fast check format lock docs dbt-docs notebook clean help

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make .venv from the lock

$(STAMP): requirements.lock pyproject.toml
ifneq ($(UV),)
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	touch $@

run: setup ## ingest the sample reports, build and publish the warehouse
	$(BIN)/fiscal ingest data/raw

test: setup ## run the whole test suite
	$(BIN)/pytest -n 2

test-fast: setup ## run the tests that are not marked slow
	$(BIN)/pytest -n 2 -m "not slow"

check: setup ## format, lint, types, SQL, dbt parse, documentation coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint -q dbt_project pipeline/warehouse
	$(BIN)/python -m pipeline.warehouse.seeds --check
	$(BIN)/python -m pipeline.warehouse.dictionary --check

format: setup ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## write the data dictionary, the seeds of the form dictionary, the results of docs/queries.md
	$(BIN)/python -m pipeline.warehouse.seeds
	$(BIN)/python -m pipeline.warehouse.dictionary
	$(BIN)/python -m tests.warehouse.test_queries

notebook: setup ## open the notebook on the published database
	MARIMO_SKIP_UPDATE_CHECK=1 $(BIN)/marimo run notebooks/explore.py

dbt-docs: setup ## write the dbt documentation, one file that needs no server, and open it
	$(BIN)/python -m pipeline.warehouse.model_docs --open

lock: ## compile requirements.lock from pyproject.toml, for all supported Pythons; needs uv
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
	    --extra dev --extra notebook --extra ocr pyproject.toml -o requirements.lock

clean: ## remove everything the system wrote except the archive
	rm -rf data/build data/warehouse data/dagster dbt_project/target dbt_project/logs
