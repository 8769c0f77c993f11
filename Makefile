# One command each: demo, test, check, bench, conformance.
# Everything runs in .venv, which is made anew when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=

.PHONY: demo test check bench conformance lint clean

# Real data, an embedded MongoDB, SQL: ARGS are passed on to the demo.
demo: $(VENV)/.installed
	$(BIN)/python -m queryleaf_dbapi.demo $(ARGS)

# All that a change must pass, live tests and samples of the outside suites included.
test: lint
	$(BIN)/python -m pytest -m "not conformance" $(ARGS)

# The same without a server.
check: lint
	$(BIN)/python -m pytest -m "not live and not conformance" $(ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Ratios to hand-written pymongo: `make bench`, or one group: `make bench ARGS=tpch`.
bench: $(VENV)/.conformance
	$(BIN)/python -m benchmarks $(ARGS)

# Other people's suites, whole: a table of passed, wrong and error.
conformance: $(VENV)/.conformance
	$(BIN)/python -m tests.conformance $(ARGS)

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and \
	  "Python 3.10 or newer is needed; $(PYTHON) is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(PIP) -e '.[embedded,fast,test]'
	@touch $@

$(VENV)/.conformance: $(VENV)/.installed
	@$(PIP) -e '.[conformance]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
