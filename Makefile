# Reachline. `make` says what there is; README.md and docs/ say more.
# Needs python3 (3.11 to 3.13) with pip, and git. Everything else goes into this folder, and uv's
# download cache into HOME.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:

# the first Python on PATH that the lock is made for, but not the one of .venv: it has no pip
PYTHON ?= $(shell type -ap python3 python3.13 python3.12 python3.11 | while read -r python; do \
	[[ $$python == $(CURDIR)/.venv/* ]] && continue; \
	if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	then echo "$$python"; break; fi; done)
BIN := .venv/bin
# what is in .venv: what a night needs; the same with the sandbox, or with production; all with the checks
RUN := .venv/.run
SANDBOX := .venv/.sandbox
PRODUCTION := .venv/.production
TEST := .venv/.test

export REACHLINE_HOME ?= $(CURDIR)/data
export REACHLINE_CONFIG ?= $(CURDIR)/config
export AIRFLOW_HOME ?= $(REACHLINE_HOME)/airflow
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export UV_PYTHON_DOWNLOADS := never
# trust what the machine trusts, as pip does: companies have certificates of their own
export UV_SYSTEM_CERTS ?= true
# /usr/sbin: the tests' Postgres does not run as root, and makes itself a user there
export PATH := $(CURDIR)/$(BIN):$(PATH):/usr/sbin
# and of bytecode that is not kept, a start of dbt or Great Expectations takes 12 s more
unexport PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.PHONY: help
help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# ---------------------------------------------------------------- the environment

.PHONY: setup
setup: $(TEST) ## set the environment up in .venv, for all targets (each does so by itself)

.PHONY: setup-run
setup-run: $(RUN) ## the same with no more than a night needs

.PHONY: setup-production
setup-production: $(PRODUCTION) ## the same with what Airflow's services need on PostgreSQL

# uv from PATH, else from pip into a folder of the project's own
UV = $(if $(shell command -v uv),uv,.tools/bin/uv)

.tools/bin/uv: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Reachline needs Python 3.11, 3.12 or 3.13 on PATH" >&2; exit 2; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
		--upgrade --target .tools -r requirements-uv.lock
	@touch $@

LOCK_run := requirements.lock
LOCK_sandbox := requirements-sandbox.lock
LOCK_production := requirements-production.lock
LOCK_test := requirements-test.lock

$(RUN): requirements.lock
$(SANDBOX): requirements-sandbox.lock
$(PRODUCTION): requirements-production.lock
$(TEST): requirements-test.lock
$(RUN) $(SANDBOX) $(PRODUCTION) $(TEST): .venv/.%: pyproject.toml $(filter .tools/bin/uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Reachline needs Python 3.11, 3.12 or 3.13 on PATH" >&2; exit 2; }
	@$(BIN)/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
		|| $(UV) venv --quiet --clear --python "$(PYTHON)" .venv
	@echo 'setting .venv up from $(LOCK_$*)'
	@rm -f $(RUN) $(SANDBOX) $(PRODUCTION) $(TEST)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes $(LOCK_$*)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(RUN) $(if $(filter sandbox test,$*),$(SANDBOX)) \
		$(if $(filter production test,$*),$(PRODUCTION)) $(if $(filter test,$*),$(TEST))

.PHONY: lock
lock: $(filter .tools/bin/uv,$(UV)) ## write the locks anew from requirements*.in (UPGRADE=1: newest versions)
	for group in "" -sandbox -production -test -docs -audit -spark; do \
		$(COMPILE) --universal --python-version 3.11 requirements$$group.in --output-file requirements$$group.lock; done
	@echo uv | $(COMPILE) --no-annotate - --output-file requirements-uv.lock

COMPILE = $(UV) pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links $(if $(UPGRADE),--upgrade)

# ---------------------------------------------------------------- run it

.PHONY: demo
demo: $(SANDBOX) ## a small made-up market, its nights through the real DAG, and where to look
	@$(BIN)/python -m reachline.sandbox.demo

.PHONY: nightly
nightly: $(RUN) ## one night through Airflow: make nightly DATE=2026-03-01
	@test -n "$(DATE)" || { echo "say which night: make nightly DATE=2026-03-01" >&2; exit 2; }
	@$(BIN)/reachline airflow nightly --date $(DATE)

.PHONY: up
up: $(RUN) ## Airflow with its web page on 127.0.0.1
	@$(BIN)/reachline airflow up

.PHONY: down
down: $(RUN) ## stop what `make up` started
	@$(BIN)/reachline airflow down

.PHONY: bench
bench: $(TEST) ## measure, and print ratios against the limit
	@$(BIN)/python -m bench $(BENCH)

# ---------------------------------------------------------------- check it

.PHONY: test
test: $(TEST) ## what must hold before a change goes in, but for whole nights by the dozen
	@$(MAKE) -j2 --keep-going --output-sync=target lint tests

.PHONY: test-slow
test-slow: $(TEST) ## the slow tests alone: many whole nights, copies of the project, browsers
	@$(MAKE) tests MARKED="slow and not long"

.PHONY: test-all
test-all: $(TEST) ## all of both, and the long tests
	@$(MAKE) -j2 --keep-going --output-sync=target lint tests MARKED="slow or long or not long"

.PHONY: incidents
incidents: $(TEST) ## made-up years through the gates' statistics: false alarms, planted incidents
	@$(BIN)/python -m tests.incidents $(INCIDENTS)

.PHONY: mutants
mutants: $(TEST) ## wrong operators, joins, filters and windows in the models: is each noticed?
	@$(BIN)/python -m tests.mutants $(MUTANTS)

# needs a C compiler: what fails are calls of the C library
.PHONY: chaos
chaos: $(TEST) ## calls that fail, nights that are struck, damaged files: is anything lost?
	@$(BIN)/python -m tests.chaos $(CHAOS)

.PHONY: soak
soak: $(TEST) ## Airflow's services for half an hour of nights and faults: do memory and handles stay?
	@$(BIN)/python -m tests.production $(SOAK)

# needs Java 17; what Spark needs goes into .venv-tools/requirements-spark
.PHONY: parity
parity: $(TEST) ## a small world on DuckDB and on Spark: are core and reports equal, row for row?
	$(BIN)/pytest -n 0 -rs -m long tests/spark

# needs Java 17; how large it is and where it listens: tests/spark/cluster.py
.PHONY: spark-up
spark-up: $(TEST) ## a Spark to try: a master, two workers and a thrift server on 127.0.0.1
	@$(BIN)/python -m tests.spark.cluster up

.PHONY: spark-down
spark-down: $(TEST) ## stop what `make spark-up` started
	@$(BIN)/python -m tests.spark.cluster down

# needs npm; the servers' packages go into .venv-tools/servers
.PHONY: test-servers
test-servers: $(TEST) ## the connectors against servers that others wrote (no part of the tests above)
	$(BIN)/pytest -n 0 $(or $(TESTS),tests/servers)

.PHONY: lint
lint: $(TEST) lint-python lint-imports lint-types lint-sql ## style, imports, types and SQL, without the tests

.PHONY: lint-python lint-imports lint-types lint-sql tests format
lint-python: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-imports: $(TEST)
	$(BIN)/lint-imports --no-logo

lint-types: $(TEST)
	$(BIN)/mypy

# sqlfluff compiles the models, and some ask the database: without it they would be left out in silence
LINT := $(CURDIR)/dbt_project/target/lint
# these come to half of all SQL, and most of it is that of a few macros: .sqlfluff says what stands for them
WRITTEN := dbt_project/models/staging/unread
lint-sql: export REACHLINE_HOME := $(LINT)
lint-sql: export REACHLINE_CONFIG := $(CURDIR)/plugins/reachline/configuration/example
lint-sql: export REACHLINE_WAREHOUSE_FILE := $(LINT)/warehouse/warehouse.duckdb
lint-sql: export REACHLINE_STAGING_FILE := $(LINT)/warehouse/staging.duckdb
lint-sql: export REACHLINE_DUCKDB_TEMP := $(LINT)/tmp
# where staging looks for it too: the project is parsed once
lint-sql: export DBT_TARGET_PATH := $(LINT)/warehouse/dbt
lint-sql: export DBT_LOG_PATH := $(LINT)/logs
lint-sql: $(TEST)
	@rm -rf $(LINT) && mkdir -p $(LINT)/warehouse
	$(BIN)/dbt --quiet --warn-error parse --project-dir dbt_project --profiles-dir dbt_project
	@$(BIN)/python -c 'from datetime import date; from reachline.settings import load_settings; \
		from reachline.warehouse import open_run, stage; \
		stage(open_run(load_settings(), date(2026, 1, 1)))'
	$(BIN)/sqlfluff lint --disable-progress-bar --templater jinja --ignore templating $(WRITTEN)
	$(BIN)/sqlfluff lint --disable-progress-bar \
		$(shell find dbt_project/models dbt_project/tests -name '*.sql' -not -path '$(WRITTEN)/*') 2>&1 \
		| tee $(LINT)/report
	@! grep 'Skipped file .*dbt raised' $(LINT)/report

tests: $(TEST)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(MARKED),-m "$(MARKED)") $(TESTS)

format: $(TEST) ## write what a machine can: the style, and all files that are made of others
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	$(BIN)/python -m reachline.generated

.PHONY: texts
texts: format ## after new texts: each language's catalogue has them, to be translated
	$(BIN)/python -m reachline.publish.texts

.PHONY: proven
proven: $(TEST) ## after an edit of a gate's suite: list it as proven, and compare both verdicts
	$(BIN)/python -m tests.gates.definitions
	$(BIN)/pytest -n 2 tests/gates

# ---------------------------------------------------------------- security

# an environment of its own, as of the documentation
AUDIT := .venv-tools/audit
$(AUDIT)/.ready: requirements-audit.lock $(filter .tools/bin/uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Reachline needs Python 3.11, 3.12 or 3.13 on PATH" >&2; exit 2; }
	@$(UV) venv --quiet --clear --python "$(PYTHON)" $(AUDIT)
	@$(UV) pip sync --quiet --python $(AUDIT)/bin/python --require-hashes requirements-audit.lock
	@touch $@

# the list of known weaknesses is asked for over the network: exit code 1 may mean either
.PHONY: audit
audit: $(AUDIT)/.ready ## our code through bandit, what it needs through pip-audit (needs the network)
	$(AUDIT)/bin/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml plugins dags
	@mkdir -p dist; $(AUDIT)/bin/pip-audit --disable-pip --require-hashes --vulnerability-service osv \
		--requirement requirements-production.lock 2>dist/pip-audit.log || { tail -n 3 dist/pip-audit.log >&2; \
		grep -q 'ConnectionError\|ServiceError\|Max retries' dist/pip-audit.log || exit 1; \
		echo "NOT LOOKED AT: known weaknesses of what is installed; their list can't be reached" >&2; }

.PHONY: sbom
sbom: $(AUDIT)/.ready ## what production is made of, in dist/reachline.cdx.json (CycloneDX)
	@mkdir -p dist
	@$(AUDIT)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--output-file dist/reachline.cdx.json requirements-production.lock
	@echo "dist/reachline.cdx.json"

# ---------------------------------------------------------------- the documentation

# an environment of its own: what builds the site is needed by nothing else
DOCS := .venv-docs
$(DOCS)/.ready: requirements-docs.lock $(filter .tools/bin/uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Reachline needs Python 3.11, 3.12 or 3.13 on PATH" >&2; exit 2; }
	@$(UV) venv --quiet --clear --python "$(PYTHON)" $(DOCS)
	@$(UV) pip sync --quiet --python $(DOCS)/bin/python --require-hashes requirements-docs.lock
	@touch $@

.PHONY: docs
docs: $(DOCS)/.ready ## the site of the documentation, in site/; fails on a dead link
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --clean
	@echo "the documentation is in site/index.html"
