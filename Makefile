# Hearth. `make demo` and `make test` set everything up by themselves; `make help` lists the rest.
#
# What they need: Python 3.11 or newer with its venv module, make, and a package index that pip reaches.
# Where pip should look is the machine's own setting; no file here names an address.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

# Compiled once, not by each of the many processes that tests and benches start; whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
PY := $(VENV)/bin/python
HAS_PIP := $(VENV)/bin/pip
# What `make up` is told besides, for example UP_ARGS="--port 8001 --kafka-port 19092".
UP_ARGS ?=
# How many tests run side by side, what the demo is told besides, and which schedules the simulation looks at.
WORKERS ?= 2
DEMO_ARGS ?=
SEED ?= 0
SCHEDULES ?= 100000
# Which benches run (all if none is named), and what they are told besides.
BENCH ?=
BENCH_ARGS ?=

PIP := $(PY) -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes
# A checkout is installed without its dependencies: those came from the lock, each with its hash.
INSTALL_SELF := $(PIP) install --quiet --no-deps --no-build-isolation --editable .

RUN_READY := $(VENV)/.ready-to-run
UP_READY := $(VENV)/.ready-to-go-up
DEV_READY := $(VENV)/.ready-to-test

.PHONY: help demo up down test check lint fast storm storm-kafka bench bench-kafka simulate format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(RUN_READY) ## set up and run six made-up weeks on the real London register, then stay live on 127.0.0.1:8000
	$(VENV)/bin/hearth demo $(DEMO_ARGS)

up: $(UP_READY) ## start the same system as services on Kafka and Valkey, without containers; the page on 127.0.0.1:8000
	$(PY) -m deploy.local up $(UP_ARGS)

down: $(UP_READY) ## end exactly what `make up` started; what it wrote stays in hearth-up/
	$(PY) -m deploy.local down

test: lint browser ## set up and run everything: what `make check` runs, and all the tests
	$(PY) -m pytest --numprocesses $(WORKERS) --durations 30 --durations-min 10

browser: # for tests/browser; where none can be had, those tests say so
	@sh .ci/get-browser

check: lint fast ## under a minute: lint, types, layers, dependencies, unit and property tests

lint: $(DEV_READY) ## ruff, mypy, import-linter, deptry
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache --no-logo
	$(VENV)/bin/deptry .

fast: $(DEV_READY) ## the tests that are not marked slow, with few examples of each property
	HYPOTHESIS_PROFILE=$(or $(HYPOTHESIS_PROFILE),quick) $(PY) -m pytest --numprocesses $(WORKERS) -m "not slow"

simulate: $(DEV_READY) ## search schedules of messages, crashes and wrong clocks; SEED=7 SCHEDULES=1 looks at one
	$(PY) -m tests.simulation --seed $(SEED) --schedules $(SCHEDULES)

storm: $(DEV_READY) ## kill a server under load for ten minutes, or HEARTH_STORM_S seconds
	HEARTH_STORM_S=$${HEARTH_STORM_S:-600} $(PY) -m pytest -s tests/storm/test_storm.py

storm-kafka: $(DEV_READY) ## every fault on a real Kafka under load for an hour, or HEARTH_STORM_KAFKA_S seconds
	HEARTH_STORM_KAFKA_S=$${HEARTH_STORM_KAFKA_S:-3600} $(PY) -m pytest -s tests/storm_kafka/test_storm.py

bench: $(DEV_READY) ## measure how fast it is, in under ten minutes; BENCH=decide measures one thing
	$(PY) -m bench $(BENCH) $(BENCH_ARGS)

bench-kafka: $(DEV_READY) ## measure how fast it is on a real Kafka, in under a quarter of an hour; BENCH=kafka-decide measures one thing
	$(PY) -m bench.kafka $(BENCH) $(BENCH_ARGS)

format: $(DEV_READY) ## let ruff mend what it can
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

# One resolution for all three files, so that the demo and the images run on exactly what the tests ran on.
COMPILE = $(VENV)/bin/uv pip compile --quiet --system-certs --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command "make lock" $(LOCK_ARGS) pyproject.toml --group build
lock: $(DEV_READY) ## resolve the requirements again; LOCK_ARGS=--upgrade takes newer versions
	$(COMPILE) --extra kafka --extra local --group dev --output-file requirements-dev.lock
	$(COMPILE) --extra kafka --extra local --constraint requirements-dev.lock --output-file requirements-kafka.lock
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock
	@! grep -nE '^-|://' requirements*.lock || { echo "a lock names an address" >&2; exit 1; }

clean: ## remove what these commands made, the virtual environment included
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find schemas runtime services tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: each stamp is newer than what it was made from, so a second call does nothing -------------

$(HAS_PIP):
	@sh .ci/make-venv $(VENV)

$(RUN_READY): requirements.lock pyproject.toml | $(HAS_PIP)
	@echo "Installing what Hearth runs on (each file checked against its hash) ..."
	@$(INSTALL) --requirement requirements.lock
	@$(INSTALL_SELF)
	@touch $@

$(UP_READY): requirements-kafka.lock pyproject.toml | $(HAS_PIP)
	@echo "Installing what Hearth on Kafka runs on (each file checked against its hash) ..."
	@$(INSTALL) --requirement requirements-kafka.lock
	@$(INSTALL_SELF)
	@touch $(RUN_READY) $@

$(DEV_READY): requirements-dev.lock pyproject.toml | $(HAS_PIP)
	@echo "Installing what Hearth runs and is tested on (each file checked against its hash) ..."
	@$(INSTALL) --requirement requirements-dev.lock
	@$(INSTALL_SELF)
	@touch $(RUN_READY) $(UP_READY) $@
