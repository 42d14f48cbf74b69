# Verbs, the same everywhere. `make demo` and `make test` need nothing before them: they set up what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help setup demo test check fix bench i18n

help:  ## Show the verbs
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup:  ## Set up .venv and web/vendor (make demo and make test do this by themselves)
	@ops/setup.sh run

demo:  ## Run the ceremony of Nghệ An on this machine and print a link for each role
	@ops/setup.sh run
	@exec .venv/bin/diemcau demo --data demo-data $(ARGS)

test:  ## Set up and run all tests: real SQLite, Chromium and LibreOffice included
	@ops/setup.sh test
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

check:  ## ruff, mypy strict, import-linter, tsc --checkJs, licence list
	@ops/setup.sh test
	@echo "== ruff" && .venv/bin/ruff check . && .venv/bin/ruff format --check .
	@echo "== mypy" && .venv/bin/mypy
	@echo "== import-linter" && .venv/bin/lint-imports --no-logo
	@echo "== tsc --checkJs" && cd web && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent check
	@echo "== licences" && $(PY) ops/licences.py --check

fix:  ## Format and mend what can be mended by itself
	@ops/setup.sh test
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format . ; $(PY) ops/licences.py --write

bench:  ## Measure; prints a table with bars and peers (ARGS="journal launch" picks)
	@ops/setup.sh test
	@$(PY) -m ops.bench $(ARGS)

i18n:  ## Extract and compile the translations
	@ops/setup.sh run
	@$(PY) -m web.i18n update
