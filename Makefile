# Two commands: `make run` and `make test`. Both start from nothing but Python 3.11+, make and git.
.DEFAULT_GOAL := help
.PHONY: help run test check fix lock clean bench quality relevance i18n
SHELL := /bin/bash
PYTHON ?= python3
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests
WORKERS ?= 2

help: ## show the commands
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# A stamp per lock file: the second start asks no registry and takes seconds.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit("Tilbudsregisteret needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run-packages: requirements/run.txt requirements/build.txt | $(VENV)/made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/build.txt
	@touch $@

$(VENV)/test-packages: requirements/test.txt $(VENV)/run-packages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# The build fetches and hashes the pages' assets and compiles the translations.
$(VENV)/built: pyproject.toml hatch_build.py package-lock.json $(wildcard registry/translations/*/LC_MESSAGES/*.po) $(VENV)/run-packages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: $(VENV)/built ## set everything up, do the main job, print what was found, serve (SERVE=0: not)
	@$(BIN)/registry run $(if $(filter 0,$(SERVE)),--no-serve,)

test: $(VENV)/built $(VENV)/test-packages ## set everything up, check the code, run every test
	@$(BIN)/python -m tests.prepare
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report= $(TESTS)
	$(BIN)/python -m tests.coverage

check: ## formatting, lint, types, contracts, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint

fix: ## mend what the tools can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet

lock: ## lock the dependencies anew, with hashes
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 -o requirements/run.txt
	$(BIN)/uv pip compile --group build --generate-hashes --universal --python-version 3.11 -c requirements/run.txt -o requirements/build.txt
	$(BIN)/uv pip compile pyproject.toml --group test --group build --generate-hashes --universal --python-version 3.11 -c requirements/run.txt -c requirements/build.txt -o requirements/test.txt

bench: $(VENV)/built $(VENV)/test-packages ## measure: search, import, flags
	$(BIN)/python bench/search.py
	$(BIN)/python bench/intake.py
	$(BIN)/python bench/flags.py

quality: $(VENV)/built ## print how good the flags are: gold set, overlaps, duplicates (against splink where installed), risk
	$(BIN)/python bench/quality.py
	$(BIN)/python bench/overlaps.py
	$(BIN)/python bench/duplicates.py
	$(BIN)/python bench/risk.py
	$(BIN)/python bench/risk_bound.py

relevance: $(VENV)/built $(VENV)/test-packages ## print how good the answers of search are, over a graded set
	$(BIN)/python bench/relevance.py

clean: ## remove what the commands made (not var/)
	rm -rf $(VENV) node_modules registry/static/vendor build dist
