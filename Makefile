# `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
SAM := .venv-sam/bin/sam
PIP := -m pip install --quiet --disable-pip-version-check --no-deps
export SAM_CLI_TELEMETRY := 0

EMAIL ?=
SCOPE ?=
ORGANIZATION ?=
QUEUE ?=
STACK ?=

.PHONY: help install run token recount redrive rescue audit sbom test test-unit test-thorough test-integration lint format openapi deploy lock clean-state

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## Start the local stack: API on PORT (3000), engine on ENGINE_PORT (4566); Ctrl-C stops it
	@exec $(BIN)/python -m local run

token: ## Print an access token: make -s token EMAIL=ada@example.com [SCOPE=super_admin]
	@test -n "$(EMAIL)" || { echo "error: say whose: make token EMAIL=someone@example.com" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "error: there is no stack yet: start it with \`make run\`" >&2; exit 1; }
	@$(BIN)/python -m tools.ops token "$(EMAIL)" "$(SCOPE)"

recount: ## Count the sums of boards and reports anew: make recount ORGANIZATION=<id> [STACK=<name on AWS>]
	@test -n "$(ORGANIZATION)" || { echo "error: say whose: make recount ORGANIZATION=<id>" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "error: there is no stack yet: start it with \`make run\`" >&2; exit 1; }
	@$(BIN)/python -m tools.ops recount "$(ORGANIZATION)" --stack "$(STACK)"

redrive: ## Do what dead letters ask for: make redrive QUEUE=projections [STACK=<name on AWS>]
	@test -n "$(QUEUE)" || { echo "error: say which: make redrive QUEUE=projections" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "error: there is no stack yet: start it with \`make run\`" >&2; exit 1; }
	@$(BIN)/python -m tools.ops redrive "$(QUEUE)" --stack "$(STACK)"

rescue: ## Write an archive out of restored tables: make rescue ORGANIZATION=<id> RECORDS=<table> BOOKKEEPING=<table> FILE=<zip> [STACK=<name on AWS>]
	@test -n "$(ORGANIZATION)" -a -n "$(RECORDS)" -a -n "$(BOOKKEEPING)" -a -n "$(FILE)" || { echo "error: say whose, from where and where to: make rescue ORGANIZATION=<id> RECORDS=<table> BOOKKEEPING=<table> FILE=<zip>" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "error: there is no stack yet: start it with \`make run\`" >&2; exit 1; }
	@$(BIN)/python -m tools.ops rescue "$(ORGANIZATION)" "$(RECORDS)" "$(BOOKKEEPING)" "$(FILE)" --stack "$(STACK)"

test: install lint test-unit test-thorough test-integration ## Run every check and every test

test-unit: install ## Run the tests that need no stack
	$(BIN)/python -m pytest --ignore=tests/integration --numprocesses=auto -m "not thorough"

test-thorough: install ## Run those that need no stack either, but more than a minute
	$(BIN)/python -m pytest --ignore=tests/integration --numprocesses=auto -m thorough

test-integration: install ## Run the tests against a local stack of their own
	$(BIN)/python -m pytest tests/integration

lint: install ## Check style, types and the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	.venv-sam/bin/cfn-lint template.yaml

format: install ## Put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: install ## Write the OpenAPI document anew
	$(BIN)/python -m tools.openapi

deploy: install ## Build for AWS and deploy: make deploy [STACK=brook]; asks for the rest the first time
	@$(BIN)/python -m tools.ops stack-name "$(STACK)"
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || \
		echo "warning: $$($(BIN)/python --version) cannot compile for Lambda's 3.13: each cold start will, and take several times as long" >&2
	PYTHON=$(CURDIR)/$(BIN)/python $(SAM) build
	$(SAM) deploy --stack-name "$$($(BIN)/python -m tools.ops stack-name "$(STACK)")" \
		--capabilities CAPABILITY_IAM $(if $(wildcard samconfig.toml),,--guided)

clean-state: ## Forget the data of the local stack
	rm -rf .local

lock: install ## Resolve the dependencies anew, after a change of a requirements.in
	.venv-lock/bin/python --version 2>/dev/null || { $(PYTHON) -m venv .venv-lock; .venv-lock/bin/python $(PIP:--no-deps=) pip-tools; }
	for name in layers/deps/requirements local/requirements local/requirements-sam local/requirements-audit; do \
		CUSTOM_COMPILE_COMMAND="make lock" .venv-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-annotate --allow-unsafe \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file $$name.txt $$name.in; \
	done

# ── Supply chain ──

LOCKS := layers/deps/requirements.txt local/requirements.txt local/requirements-sam.txt local/requirements-audit.txt

audit: .venv-audit/installed ## Look up known weaknesses of all locked packages; fails where it cannot ask
	@for lock in $(LOCKS); do \
		echo "$$lock"; \
		.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement $$lock || failed=1; \
	done; exit $${failed:-0}

sbom: .venv-audit/installed ## Write brook.cdx.json: a bill of materials (CycloneDX) of what runs on AWS
	@PYTHONWARNINGS=ignore .venv-audit/bin/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml --output-file brook.cdx.json layers/deps/requirements.txt
	@echo "brook.cdx.json"

# ── Environments: one for Brook, its tests and the engine; one for the SAM CLI, which needs another boto3 ──

install: ## Install what the other targets need; quick when nothing changed
	@$(MAKE) --silent --jobs=2 .venv/installed .venv-sam/installed $(PAGE)

# Tests and benchmarks load the function from where it lies; `sam build` builds its own.
PAGE := functions/api/docs/docs.html

$(PAGE): functions/api/docs/openapi.json $(wildcard tools/openapi/page/*.*) | .venv/installed
	@$(BIN)/python -m tools.openapi.page $< $@

.venv/installed: local/requirements.txt pyproject.toml
	@$(call environment,.venv)
	@.venv/bin/python $(PIP) --require-hashes --requirement local/requirements.txt
	@.venv/bin/python $(PIP) --no-build-isolation --editable .
	@touch $@

.venv-sam/installed: local/requirements-sam.txt
	@$(call environment,.venv-sam)
	@.venv-sam/bin/python $(PIP) --require-hashes --requirement local/requirements-sam.txt
	@touch $@

.venv-audit/installed: local/requirements-audit.txt
	@$(call environment,.venv-audit)
	@.venv-audit/bin/python $(PIP) --require-hashes --requirement local/requirements-audit.txt
	@touch $@

define environment
	echo "Installing $(1)"; \
	command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $$($(PYTHON) --version) is too old: Python 3.11 or newer is needed (PYTHON=... chooses one)" >&2; exit 1; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "error: $(PYTHON) has no venv module: install it (on Debian and Ubuntu, the package python3-venv)" >&2; exit 1; }; \
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
endef

# ── Benchmark ──

.PHONY: bench
bench: install ## Count the calls and the capacity of every route, and time them, on a stack of its own
	@$(BIN)/python -m benchmarks

.PHONY: costs
costs: install ## Measure what everything costs, and write docs/cost.md anew
	@$(BIN)/python -m benchmarks.costs

# ── Assurance ──

.PHONY: assurance
assurance: install ## Let the machines that try to break Brook run for hours, and write docs/assurance.md anew
	@$(BIN)/python -m tests.assurance.suites
	@$(BIN)/python -m tests.assurance.model --histories 2000 --steps 50 --seed 1
	@$(BIN)/python -m tests.assurance.linearity --histories 2000 --seed 2
	@$(BIN)/python -m tests.assurance.fuzz --cases 50000 --seed 1
	@$(BIN)/python -m tests.assurance.access
	@$(BIN)/python -m tests.assurance.planted
	@$(BIN)/python -m tests.assurance.document
