# `make help` lists the targets. Everything runs in .venv, which is made if it is missing.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo demo-aws trino dev update doctor docs test test-all lint types bench clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

install: .venv/installed ## Make .venv with all that the pipeline needs

install-dev: .venv/installed-dev ## Add the tools for development: tests, lint, types, dg

demo: .venv/installed ## Make up two charts over two years and run everything on them
	@$(BIN)/spotify-assets demo

demo-aws: .venv/installed-dev ## The same on stand-ins for AWS's services, without an account
	@$(BIN)/python -m spotify_assets_tests.fakes.demo_on_aws

trino: .venv/installed-dev ## Fetch Trino, half a gigabyte, for demo-aws and tests; needs Java 24 and mvn
	@$(BIN)/python -m spotify_assets_tests.trino_server

dev: .venv/installed ## Open Dagster's UI on http://localhost:3000, over the same data
	@$(BIN)/spotify-assets dev

update: .venv/installed ## Take in the files in the inbox, and make stale weeks again
	@$(BIN)/spotify-assets update

doctor: .venv/installed ## Say what is set, what works and how to fix what doesn't
	@$(BIN)/spotify-assets doctor

docs: .venv/installed ## Write docs/data.md again: every table, view and check
	@$(BIN)/python -m spotify_assets.docs_page docs/data.md

test: .venv/installed-dev ## Run the tests, without those that take long by their nature
	@$(BIN)/pytest -m "not slow" $(PYTEST_OPTIONS)

test-all: .venv/installed-dev ## Run all tests, as CI does
	@$(BIN)/pytest $(PYTEST_OPTIONS)

lint: .venv/installed-dev ## Check style, formatting and which rooms import which
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: .venv/installed-dev ## Check types
	@$(BIN)/mypy

bench: .venv/installed-dev ## Measure speed; count requests to Spotify and bytes that Athena scans
	@$(BIN)/python -m benchmarks.backfill && $(BIN)/python -m benchmarks.dagster_run && $(BIN)/python -m benchmarks.checks && $(BIN)/python -m benchmarks.dashboard && $(BIN)/python -m benchmarks.spotify_requests && $(BIN)/python -m benchmarks.open_data_requests && $(BIN)/python -m benchmarks.athena_scan

clean: ## Remove .venv and caches; data stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"Python 3.11 or newer is needed, and $(PYTHON) is {sys.version.split()[0]}. Name another: make PYTHON=python3.12 ...")'
	@echo "Installing into .venv; this takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/installed-dev: .venv/installed
	@echo "Installing the tools for development."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
