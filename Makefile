# Two commands: `make run` and `make test`. The rest is for those who change the atlas.
# start.py does what works on every system; HOST and PORT reach it through the environment.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint types browser pages plans data rest test-slow bench bench-density bench-statistics \
  bench-joins bench-siting bench-network bench-stream bench-load study screenshots lock clean

run:
	@$(PYTHON) start.py

test:
	@$(PYTHON) start.py test

lint types browser pages plans data rest:
	@$(PYTHON) start.py test $@

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

.venv/installed-run: requirements.lock
	@$(PYTHON) start.py install

.venv/installed-dev: requirements-dev.lock
	@$(PYTHON) start.py install --dev

.venv-bench/installed: requirements-bench.lock | .venv/installed-run
	test -x $(BENCH)/python || .venv/bin/python -m venv .venv-bench
	$(BENCH)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

lock: .venv/installed-run
	$(BIN)/python -m pip install --quiet uv
	for set in requirements $(addprefix requirements-,dev bench); do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade \
	    --python-version 3.11 $$set.txt -o $$set.lock; done

clean:
	rm -rf .venv .venv-bench .pytest_cache .ruff_cache .hypothesis build
