# Two commands: `make run` and `make test`. The rest is for those who change the atlas.
# start.py does what works on every system; HOST and PORT reach it through the environment.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint types browser pages plans data rest test-slow bench study screenshots lock clean

run:
	@$(PYTHON) start.py

test:
	@$(PYTHON) start.py test

lint types browser pages plans data rest:
	@$(PYTHON) start.py test $@

test-slow: .venv/installed-dev
	ATLAS_ALL_EXAMPLES=1 $(BIN)/python -m pytest -m "slow or (hypothesis and not browser)" --timeout 3600 -q

bench: .venv/installed-dev
	deploy/tools/ensure_chromium.sh
	$(BIN)/python -m studies.benchmarks.map_page
	$(BIN)/python -m studies.benchmarks.weak_machine
	$(BIN)/python -m studies.benchmarks.public_page

study: .venv/installed-run
	$(BIN)/python -m studies.power_page

screenshots: .venv/installed-dev
	deploy/tools/ensure_chromium.sh
	$(BIN)/python -m studies.screenshots

.venv/installed-run: requirements.lock
	@$(PYTHON) start.py install

.venv/installed-dev: requirements-dev.lock
	@$(PYTHON) start.py install --dev

lock: .venv/installed-run
	$(BIN)/python -m pip install --quiet uv
	for set in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade \
	    --python-version 3.11 $$set.txt -o $$set.lock; done

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build
