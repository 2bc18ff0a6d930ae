# What people type. `make run` and `make test` do all their own set-up; `make` lists everything.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
# pytest's arguments: make test ARGS="-k broker"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test check fuzz bench bench-quick chaos chaos-quick lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## virtual environment and Mosquitto; does nothing where all is there
	@sh tools/setup.sh broker

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh python
	@touch $@

setup-test: setup ## what only tests need: PostgreSQL's server programs
	@sh tools/setup.sh postgres

run: setup ## HomeGuard with its broker, its dashboard and six simulated devices, until Ctrl-C
	$(BIN)/homeguard up --sim 6

test: setup-test check ## make check, then all tests, on a real Mosquitto and a real PostgreSQL
	$(BIN)/pytest $(ARGS)

check: setup ## ruff, ruff format, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# atheris guides the inputs by coverage. Where it has no wheel (it has for Linux on x86-64), the fuzzing says so and ends
# with an error; the few thousand inputs of `make test` need none.
fuzz: setup ## a million inputs for everything that parses, about ten minutes, then more of the OpenAPI document
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install -q --require-hashes -r tests/fuzz/requirements.lock \
	  || uv pip install -q --python $(BIN)/python --require-hashes -r tests/fuzz/requirements.lock || echo "fuzz: no atheris"
	$(BIN)/python -m tests.fuzz $(ARGS)
	OPENAPI_EXAMPLES=40 $(BIN)/pytest -q tests/fuzz/test_openapi.py

# matplotlib draws the plots and is in no other environment; without it the bench runs, and says that it draws none.
bench: setup ## HomeGuard beside its peers, about ten minutes; writes docs/benchmarks.md (docs/benchmarks.md says what)
	@$(BIN)/python -c 'import matplotlib' 2>/dev/null || $(BIN)/python -m pip install -q --require-hashes -r bench/requirements.lock \
	  || uv pip install -q --python $(BIN)/python --require-hashes -r bench/requirements.lock || echo "bench: no matplotlib, so no plots"
	$(BIN)/python -m bench $(ARGS)

bench-quick: setup ## the ratios of the goals alone, about a minute
	$(BIN)/python -m bench --size quick $(ARGS)

# As root, or where users may make namespaces, everything is broken; what is left out is said (docs/reliability.md).
chaos: setup ## HomeGuard while it is being broken, about nine minutes; writes the figures of docs/reliability.md
	@sh tools/setup.sh chaos || echo "chaos: what needs these is left out"
	$(BIN)/python -m chaos $(ARGS)

chaos-quick: setup ## the same for nine seconds, as in make test
	$(BIN)/python -m chaos --size short $(ARGS)

# The second lock is what the container image installs: the same versions, without the tools.
COMPILE := pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml
lock: setup ## pin the newest allowed versions in requirements.lock and requirements-run.lock; needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	uv $(COMPILE) --upgrade --extra dev -o requirements.lock
	uv $(COMPILE) --upgrade --extra postgres -c requirements.lock -o requirements-run.lock
	sed -n 's/^  "\(atheris[^"]*\)".*/\1/p' pyproject.toml | uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	  --no-header --no-annotate --upgrade - -o tests/fuzz/requirements.lock

clean: ## remove what was made here; data directories of HomeGuard are elsewhere and stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
