# Two commands: `make run` and `make test`. The rest is for those who change the atlas.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
  then command -v $$p; break; fi; done)
HOST ?= 127.0.0.1
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test lint types unit unit-pages unit-plans unit-data unit-rest browser test-slow bench bench-density \
  bench-statistics bench-joins bench-siting bench-network bench-stream bench-load study screenshots lock clean

run: .venv/installed-run
	BIN=$(BIN) HOST=$(HOST) PORT=$(PORT) deploy/serve.sh

# Two at a time on two cores, the longest first, so that no core waits at the end for a long one.
# Modules are compiled once, not by each of the hundred processes that the tests start.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/installed-dev
	deploy/tools/ensure_chromium.sh
	deploy/tools/ensure_nginx.sh
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m compileall -q app.py cli.py atlas data geo layers studies tests
	@echo "two parts run at once, the longest first; each is shown when it has ended"
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target browser unit-pages unit-plans unit-rest unit-data types

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/pyrefly check --progress-bar=no

DATA := tests/data tests/canary tests/deploy
PLANS := $(addprefix tests/atlas/,commands planner own_data)
UNIT := -m "not slow and not browser" --durations=10 -q

unit: unit-pages unit-plans unit-data unit-rest

unit-pages: .venv/installed-dev
	$(BIN)/python -m pytest $(UNIT) tests/atlas $(patsubst %,--ignore=%,$(PLANS))

unit-plans: .venv/installed-dev
	$(BIN)/python -m pytest $(UNIT) $(PLANS)

unit-data: .venv/installed-dev
	$(BIN)/python -m pytest $(UNIT) $(DATA)

unit-rest: .venv/installed-dev
	$(BIN)/python -m pytest $(UNIT) --ignore=tests/atlas $(patsubst %,--ignore=%,$(DATA))

browser: .venv/installed-dev
	deploy/tools/ensure_chromium.sh
	$(BIN)/python -m pytest -m "browser and not slow" --durations=10 -q $$(grep -rl "mark\.browser" --include="test_*.py" tests)

test-slow: .venv/installed-dev
	ATLAS_ALL_EXAMPLES=1 $(BIN)/python -m pytest -m "slow or (hypothesis and not browser)" --timeout 3600 -q

# Peers live in an environment of their own; the app's never holds them.
BENCH := .venv-bench/bin

bench: .venv-bench/installed
	deploy/tools/ensure_chromium.sh
	$(BENCH)/python -m studies.benchmarks.map_page
	$(BENCH)/python -m studies.benchmarks.engine
	$(BENCH)/python -m studies.benchmarks.public_load
	$(BENCH)/python -m studies.benchmarks.public_page

bench-density bench-statistics bench-joins bench-siting bench-network bench-stream bench-load: .venv-bench/installed
	$(BENCH)/python -m studies.benchmarks.$(@:bench-%=%)

study: .venv/installed-run
	$(BIN)/python -m studies.power_page

screenshots: .venv/installed-dev
	deploy/tools/ensure_chromium.sh
	$(BIN)/python -m studies.screenshots

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make run PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 2; }

.venv/installed-run: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -q -j 0 .venv/lib > /dev/null || true # pip compiles on one core; templates are no Python
	@touch $@ .venv/installed-run

.venv-bench/installed: requirements-bench.lock | .venv/bin/python
	test -x $(BENCH)/python || .venv/bin/python -m venv .venv-bench
	$(BENCH)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

lock: .venv/bin/python
	$(BIN)/python -m pip install --quiet uv
	for set in requirements $(addprefix requirements-,dev bench); do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade \
	    --python-version 3.11 $$set.txt -o $$set.lock; done

clean:
	rm -rf .venv .venv-bench .pytest_cache .ruff_cache .hypothesis build
