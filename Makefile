# What people type. `make run` and `make test` do all their own set-up; `make` lists everything.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
NPM := sh tools/npm.sh
NODE_STAMP := frontend/node_modules/.set-up
DASHBOARD := api/static/index.html
# pytest's arguments: make test ARGS="-k broker"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-test frontend run test check check-frontend screenshots fuzz bench bench-quick chaos chaos-quick lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## virtual environment and Mosquitto; does nothing where all is there
	@sh tools/setup.sh broker

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh python
	@touch $@

setup-test: setup ## what only tests need: PostgreSQL's server programs, nftables, chromium
	@sh tools/setup.sh postgres
	@sh tools/setup.sh firewall || echo "setup: without it the tests in network namespaces are left out" >&2
	@sh tools/setup.sh curl || echo "setup: without it the lines of the README are not tried" >&2
	@sh tools/setup.sh browser || echo "setup: without it the tests in a browser are left out" >&2

frontend: $(DASHBOARD) ## build the dashboard into api/static; does nothing where it is newer than its sources

# Sources as make sees them when it starts: a file that is added or taken away changes the time of its directory.
$(DASHBOARD): $(NODE_STAMP) frontend/index.html $(wildcard frontend/*.ts frontend/*.cjs) $(shell find frontend/src frontend/public frontend/tools)
	$(NPM) run build
	@touch $@

$(NODE_STAMP): frontend/package-lock.json frontend/package.json frontend/.npmrc frontend/requirements.lock | $(STAMP)
	$(NPM) ci
	@touch $@

run: setup frontend ## HomeGuard with its broker, its dashboard and six simulated devices, until Ctrl-C
	$(BIN)/homeguard up --sim 6

test: setup-test check frontend ## make check, then all tests, on a real Mosquitto, a real PostgreSQL and a real browser
	$(BIN)/pytest $(ARGS)

check: setup check-frontend ## ruff, ruff format, mypy, import-linter; tsc, oxlint, vitest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-frontend: $(NODE_STAMP)
	$(NPM) run -s check
	$(NPM) test -s

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

screenshots: setup frontend ## the pictures of the dashboard in docs/images, from a home with a story
	@sh tools/setup.sh browser
	$(BIN)/python -m tests.browser.screenshots

# The second lock is what the container image installs: the same versions, without the tools.
COMPILE := pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml
lock: setup ## pin the newest allowed versions in the lock files, of Python and of the dashboard; needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	uv $(COMPILE) --upgrade --extra dev -o requirements.lock
	uv $(COMPILE) --upgrade --extra enforce --extra postgres -c requirements.lock -o requirements-run.lock
	sed -n 's/^  "\(atheris[^"]*\)".*/\1/p' pyproject.toml | uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	  --no-header --no-annotate --upgrade - -o tests/fuzz/requirements.lock
	uv $(subst pyproject.toml,frontend/requirements.in,$(COMPILE)) --upgrade -o frontend/requirements.lock
	$(NPM) update --package-lock-only

clean: ## remove what was made here; data directories of HomeGuard are elsewhere and stay
	rm -rf $(VENV) build dist frontend/node_modules api/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
