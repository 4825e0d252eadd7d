# make run: try it on this very machine.  make test: everything that must hold.  make help: the rest.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
# The tests start the command many hundred times: compiled once, it starts faster.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint types contracts unit prepare bench-collect bench-fleet bench-winrm bench-reconcile bench-score bench-chain histories clean

help:
	@echo 'make run    scan this host, draft POA&M items, serve the pages on 127.0.0.1'
	@echo 'make test   linters, types, import contracts and all tests (needs root or passwordless sudo)'
	@echo 'make lint types contracts unit   the parts of it'

run: .venv/installed
	@exec $(BIN)/closeout run $(ARGS)

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'closeout needs Python 3.11 or later: apt-get install python3.11 python3.11-venv'; exit 3; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'Python cannot make a virtual environment here: apt-get install python3-venv'; exit 3; }
	@touch $@

.venv/installed: .venv/python constraints.txt
	@echo 'installing closeout into .venv'
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/developing: .venv/python constraints.txt
	@echo 'installing closeout and its development tools into .venv'
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@if command -v krb5-config >/dev/null; then $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt 'pywinrm[kerberos]' \
	  || echo 'pykerberos cannot be built here: the tests of Kerberos will be skipped'; fi
	@touch $@ .venv/installed

prepare:
	@sh tests/support/prepare.sh

test: prepare .venv/developing lint types contracts unit

lint: .venv/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/developing
	$(BIN)/mypy collector checks poam_generator server tests benchmarks

contracts: .venv/developing
	$(BIN)/lint-imports

# The test hosts are real, in namespaces of their own: that takes root.
unit: .venv/developing
	@if [ "$$(id -u)" = 0 ]; then $(PYTEST) $(ARGS); else sudo -n -E $(PYTEST) $(ARGS); fi

# The laws of an item's life over 100,000 generated histories, 10,000 from each seed, about an hour; the tests play 2,000.
SEEDS ?= 1 2 3 4 5 6 7 8 9 10
HISTORIES ?= 10000
histories: .venv/developing
	@for seed in $(SEEDS); do \
	  CLOSEOUT_HISTORIES=$(HISTORIES) $(BIN)/pytest -n0 -q -p no:cacheprovider --hypothesis-seed=$$seed \
	    tests/poam_generator/test_reconcile_laws.py $(ARGS) || exit 1; \
	  echo "$$(date -u +%FT%TZ) every law holds over $(HISTORIES) histories from seed $$seed"; \
	done

# Side by side with others, on hosts in namespaces (root): benchmarks/*/README.md say what is measured, and what came of it.
bench-collect: prepare .venv/developing
	$(BIN)/python -m benchmarks.collect $(ARGS)

bench-fleet: prepare .venv/developing
	$(BIN)/python -m benchmarks.fleet $(ARGS)

bench-winrm: .venv/developing
	$(BIN)/python -m benchmarks.winrm $(ARGS)

bench-reconcile: .venv/developing
	$(BIN)/python -m benchmarks.reconcile $(ARGS)

bench-score: .venv/developing
	$(BIN)/python -m benchmarks.score $(ARGS)

bench-chain: .venv/developing
	$(BIN)/python -m benchmarks.chain $(ARGS)

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
