# Two commands on a fresh machine: `make run` and `make test`. Neither needs the network once set up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-bench
HASHED := --quiet --disable-pip-version-check --require-hashes
PIP := $(BIN)/python -m pip install $(HASHED)

.PHONY: run test setup browser java lint types tests test-long bench lock

run: $(VENV)/.runtime  ## serve; with no data yet, first load the inbox, else a made-up city
	@status="$$($(BIN)/python -m etl status --json)" && \
	case "$$status" in \
	*'"version": null'*'"new": 0'*) \
	  city="$${LANGNGHE_HOME:-data/home}/demo" && \
	  $(BIN)/python -m etl demo "$$city" && \
	  $(BIN)/python -m etl refresh --inbox "$$city" ;; \
	*'"version": null'*) \
	  $(BIN)/python -m etl refresh || test $$? -eq 3 ;; \
	esac
	@exec $(BIN)/python app.py

test: setup lint types tests  ## everything that must hold

setup: $(VENV)/.development browser java

$(VENV)/.runtime: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock requirements-spark.lock $(VENV)/.runtime
	$(PIP) -r requirements-dev.lock -r requirements-spark.lock
	@touch $@

browser:  ## the browser that the tests drive
	@command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "The tests drive Debian's chromium: install it (apt-get install chromium)." >&2; exit 2; }; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

java:  ## what the tests' Spark runs on
	@command -v java >/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "The tests run Spark on Java 17 or newer: install it (apt-get install default-jre-headless)." >&2; exit 2; }; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless; }

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.development
	$(BIN)/mypy

tests: $(VENV)/.development
	$(BIN)/python -m pytest

test-long: $(VENV)/.development browser java  ## the tests that repeat themselves, as often as docs/PROMISES.md says (hours)
	LONG=1 $(BIN)/python -m pytest -m long

bench: $(VENV)/.development $(PEERS)/.installed  ## how long it takes, beside what else one could use
	$(BIN)/python tests/bench

$(PEERS)/.installed: requirements-bench.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install $(HASHED) -r requirements-bench.lock
	@touch $@

lock:  ## resolve the dependencies anew, with hashes (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group spark -o requirements-spark.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group bench -o requirements-bench.lock
