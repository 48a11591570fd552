# install (default) · check · test · slow · resolve-windows · world · chaos · qmt-chaos · remote-drill · demo · bench · clean

# The first Python that is new enough; name another with `make PYTHON=/path/to/python`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# Where this is set, each of the thousands of processes that tests start compiles every file anew.
export PYTHONDONTWRITEBYTECODE =

SEEDS ?= 2000
FIRST_SEED ?= 0

.PHONY: install check test slow resolve-windows world chaos qmt-chaos remote-drill demo bench clean
install: .venv/dev.stamp

.venv/runtime.stamp: pyproject.toml constraints.txt
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed (found: $$($(or $(PYTHON),python3) --version 2>&1)); name one with make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@

.venv/dev.stamp: .venv/runtime.stamp
	$(PIP) --editable '.[dev]'
	@touch $@

check: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

test: check
	$(BIN)/python -m pytest -m "not slow" -n 3 --maxschedchunk 1 --durations 20

slow: .venv/dev.stamp
	$(BIN)/python -m pytest -m slow

# What `pip install .[qmt]` and `.[qmt,research]` bring on Windows, asked from here.
resolve-windows: .venv/dev.stamp
	$(BIN)/python -m tests.windows_wheels

KILLS ?= 500
SEED ?= 1
chaos: .venv/dev.stamp
	$(BIN)/python -m tests.stack.chaos --kills $(KILLS) --seed $(SEED)

GATEWAY_KILLS ?= 100
RESTARTS ?= 20
qmt-chaos: .venv/dev.stamp
	$(BIN)/python -m tests.stack.qmt_chaos --kills $(GATEWAY_KILLS) --restarts $(RESTARTS) --seed $(SEED)

CUTS ?= 20
remote-drill: .venv/dev.stamp
	$(BIN)/python -m tests.remote.drill --cuts $(CUTS) --seed $(SEED)

world: .venv/dev.stamp
	$(BIN)/python -m sim.world --first-seed $(FIRST_SEED) --seeds $(SEEDS)

demo: .venv/runtime.stamp
	$(BIN)/bullet-trade live strategies/demo_strategy.py --broker simulator \
		--runtime-dir build/demo/runtime --log-dir build/demo/logs

bench: .venv/runtime.stamp
	$(BIN)/python -m benchmarks.order_path --json

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
