# Everything that a person or CI runs. `make demo` and `make test` set up what they need.
#
#   PYTHON       the interpreter for the virtual environment (3.11 to 3.13)
#   PROCESSES    how many run tests; one more than there are cores, because tests also wait, and four at most
#   TORCH_INDEX  a package index that has torch's CPU build, where the default one would bring CUDA

PYTHON ?= python3
TORCH_INDEX ?=
PROCESSES ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 3 ? n + 1 : 4)))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test check format bench release clean

help:
	@echo "make demo    grade the example submissions into out/demo"
	@echo "make test    run the whole test suite"
	@echo "make check   ruff, mypy, import-linter, tapes and notebooks up to date"
	@echo "make format  format the code"
	@echo "make bench   measure, into bench/results"
	@echo "make release make tapes and notebooks of the course"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "torchgrade needs Python 3.11 to 3.13, and $(PYTHON) is:"; $(PYTHON) --version; \
	  echo "Say which to use: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv or no pip. On Debian and Ubuntu: apt-get install python3-venv python3-pip"; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing torch and the rest into $(VENV); this takes a few minutes the first time."
	$(BIN)/python -m pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) \
	  --constraint constraints.txt "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/grader grade a6_attention examples/submissions/a6_attention --out out/demo --regrade
	@echo "One student's result: out/demo/results/s09_scaled_wrongly.json"

test: $(READY)
	$(BIN)/python -m pytest -m "not alone" --numprocesses $(PROCESSES) --dist loadscope --no-loadscope-reorder
	$(BIN)/python -m pytest -m alone

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/grader release --check

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python bench/overhead.py

release: $(READY)
	$(BIN)/grader release

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
