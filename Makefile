# Kopje's commands. `make demo` shows it, `make test` proves it.
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
# The demonstration is for this machine, serving for all others: without HOST= it listens everywhere.
LAN_HOST = $(if $(filter file,$(origin HOST)),0.0.0.0,$(HOST))
PYTHON ?= python3
OUT ?= starter-training
SHELL := /bin/bash
bin := $(VENV)/bin
CUDA = $(if $(filter cuda,$(DEVICE)),$(VENV)/.cuda)
extra = $(bin)/python -c 'import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]])'
export PYTHONUNBUFFERED = 1

.PHONY: demo serve serve-unit doctor install bundle test test-fast test-long torch train check bench lock pictures format clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- what everything needs ---------------------------------------------------------------------------------------------
$(VENV)/.runtime: requirements.lock deploy/runtime_requirements.py
	@$(PYTHON) -c 'import sys; sys.exit("Kopje needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@test -x $(bin)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Kopje needs to run ..."
	@$(PYTHON) deploy/runtime_requirements.py > $(VENV)/runtime.txt
	$(if $(wildcard $(VENV)/.cuda),@$(bin)/python -m pip uninstall --quiet --yes onnxruntime-gpu && rm $(VENV)/.cuda)
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

# ONNX Runtime with CUDA in the place of the one without: both hold the same module.
$(VENV)/.cuda: $(VENV)/.runtime deploy/cuda.lock
	@$(bin)/python -c 'import sys; from config.doctor.machine import has_gpu; has_gpu() or sys.exit("This machine shows no NVIDIA graphics card, or its driver is not installed. Install the driver until nvidia-smi lists the card, or serve without DEVICE=cuda.")'
	@echo "Installing what searches on an NVIDIA graphics card need (some 2 GB) ..."
	@$(bin)/python -m pip uninstall --quiet --yes onnxruntime onnxruntime-gpu
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deploy/cuda.lock
	@touch $@

# No hashes: which wheel fits depends on the machine's processor and graphics card, and pip's settings choose it.
$(VENV)/.torch: $(VENV)/.dev pyproject.toml
	@echo "Installing PyTorch, which trains models and runs Detectron2's, and OpenVINO, which is quicker at those on some processors ..."
	@$(bin)/python -m pip install --quiet --disable-pip-version-check $$($(extra) torch)
	@# Alone: all it needs besides numpy is a package that tells its makers who uses it.
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps $$($(extra) openvino)
	@touch $@

# --- commands ----------------------------------------------------------------------------------------------------------
demo: $(VENV)/.runtime $(CUDA)  ## Kopje on http://127.0.0.1:8000 (PORT=, DATA_DIR=, DEVICE=cuda), Ctrl-C stops it
	@$(bin)/python manage.py up --demo --host $(HOST) --port $(PORT)

serve: $(VENV)/.runtime $(CUDA)  ## Kopje for the office network (HOST=, PORT=, DEVICE=cuda, DATA_DIR=)
	@exec $(bin)/python manage.py serve --host $(LAN_HOST) --port $(PORT)

serve-unit: $(VENV)/.runtime $(CUDA)  ## writes kopje.service, by which systemd runs `make serve` from the start of the machine on
	@$(bin)/python manage.py serve --host $(LAN_HOST) --port $(PORT) --write-unit kopje.service

doctor:  ## looks at everything Kopje needs, and says what to do
	@PYTHONDONTWRITEBYTECODE=1 $(if $(wildcard $(bin)/python),$(bin)/python,$(PYTHON)) manage.py doctor --host $(LAN_HOST) --port $(PORT)

install:  ## installs anew what Kopje needs to run, where something of it is missing or broken
	@rm -f $(VENV)/.runtime
	@PIP_FORCE_REINSTALL=1 $(MAKE) --no-print-directory $(VENV)/.runtime $(CUDA)

bundle: $(VENV)/.runtime  ## packs what a machine without internet needs to install Kopje
	@$(bin)/python deploy/bundle.py

test: $(VENV)/.dev node_modules/.installed  ## the whole test suite
	@$(bin)/python -m pytest -m "not slow and not long" -n auto --dist worksteal
	@$(bin)/python -m pytest -m slow -n 2 --dist loadfile || { \
	  test $$? -eq 1 || exit; \
	  echo "What failed beside other tests runs once more, alone: what fails then too is a failure."; \
	  $(bin)/python -m pytest -m slow --last-failed --last-failed-no-failures none; }

test-long: test $(VENV)/.torch  ## the whole test suite, then a training from nothing
	@$(bin)/python -m pytest -m long

test-fast: $(VENV)/.dev node_modules/.installed  ## the tests that take under two minutes
	@$(bin)/python -m pytest -m "not slow and not long" -n auto --dist worksteal

torch: $(VENV)/.torch  ## PyTorch and OpenVINO, for training, for Detectron2's models, and for their tests

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

train: $(VENV)/.torch  ## the starter model from nothing, in under two hours on two cores (OUT=folder)
	@$(bin)/python -m training.train --out $(OUT)

format: $(VENV)/.dev
	@$(bin)/ruff format . && $(bin)/ruff check --fix .

pictures: $(VENV)/.torch  ## pictures of every page into docs/pictures, light, dark and narrow, from a demonstration of its own
	@$(bin)/python -m tests.screenshots

lock:  ## pins every package anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
