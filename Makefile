# Kopje's commands. `make demo` shows it, `make test` proves it.
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
SHELL := /bin/bash
bin := $(VENV)/bin
export PYTHONUNBUFFERED = 1

.PHONY: demo test test-fast check bench lock format clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- what everything needs ---------------------------------------------------------------------------------------------
$(VENV)/.runtime: requirements.lock deploy/runtime_requirements.py
	@$(PYTHON) -c 'import sys; sys.exit("Kopje needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@test -x $(bin)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Kopje needs to run ..."
	@$(PYTHON) deploy/runtime_requirements.py > $(VENV)/runtime.txt
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/runtime.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing what its developers need ..."
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# Only the tests of the JavaScript client need these; where npm is missing they are skipped by name.
node_modules/.installed: package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --ignore-scripts && touch $@; \
	 else echo "npm is missing: tests that need it are skipped"; fi

# --- commands ----------------------------------------------------------------------------------------------------------
demo: $(VENV)/.runtime  ## Kopje on http://127.0.0.1:8000 (PORT=, DATA_DIR=), Ctrl-C stops it
	@$(bin)/python manage.py up --demo --host $(HOST) --port $(PORT)

test: $(VENV)/.dev node_modules/.installed  ## the whole test suite
	@$(bin)/python -m pytest -m "not slow" -n auto --dist worksteal
	@$(bin)/python -m pytest -m slow

test-fast: $(VENV)/.dev  ## the tests that take under two minutes
	@$(bin)/python -m pytest -m "not slow" -n auto --dist worksteal

check: $(VENV)/.dev  ## format, lint, types, imports, migrations, templates, docs, then the fast tests
	@$(bin)/ruff format --check .
	@$(bin)/ruff check .
	@$(bin)/mypy
	@$(bin)/lint-imports
	@$(bin)/python manage.py makemigrations --check --dry-run
	@$(bin)/python manage.py check
	@$(bin)/djlint --lint --quiet templates
	@$(bin)/python deploy/vendor.py --check
	@$(MAKE) --no-print-directory test-fast

bench: $(VENV)/.dev  ## the benchmarks, or one: make bench NAME=pyramid
	@$(bin)/python -m benchmarks $(NAME)

format: $(VENV)/.dev
	@$(bin)/ruff format . && $(bin)/ruff check --fix .

lock:  ## pins every package anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
