# Two commands: `make demo` shows kataform at work, `make test` runs every test. Both set up what they need, once:
# a virtual environment in .venv, kustomize and kubeconform in the user's cache.

VENV := .venv
BIN := $(VENV)/bin
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11 python
TESTS ?= tests
JOBS ?= auto
OVERLAYS ?= 1000

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-cluster lint docs bench clean

help:
	@echo "make demo     the main job on a new project: scaffold, generate, build, check, break it, see the finding"
	@echo "make test     every test (TESTS=tests/tools: only those; JOBS=0: one after another)"
	@echo "make test-cluster  the tests that ask a real kube-apiserver, in full (Go builds it once, in about 6 minutes)"
	@echo "make lint     ruff and mypy"
	@echo "make docs     the pages that are generated from the code"
	@echo "make bench    benchmarks against kustomize and kubeconform (OVERLAYS=100: a smaller run)"
	@echo "make setup    only what the others need: .venv, kustomize, kubeconform"
	@echo "make clean    remove .venv, .cache and what builds leave behind"

setup: $(VENV)/.installed
	@$(BIN)/kataform tools install || if [ -n "$${CI:-}" ]; then exit 2; else echo "going on without it"; fi

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: setup
	@$(BIN)/python tests/install_kustomize.py
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

test-cluster: TESTS = tests/cluster
test-cluster: JOBS = 0
test-cluster: export KATAFORM_CLUSTER_FULL = 1
test-cluster: test

lint: $(VENV)/.installed-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(VENV)/.installed
	@$(BIN)/python schemas/generate/releases.py
	@$(BIN)/python docs/generate.py
	@$(BIN)/python schemas/generate/policies.py

bench: setup
	@$(BIN)/python benchmarks/run.py --overlays $(OVERLAYS)
	@$(BIN)/python benchmarks/checks.py

clean:
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A Python is taken when it is 3.11 or newer and can make a virtual environment; the first that does is used.
$(VENV)/.installed: pyproject.toml
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        found=$$python; break; \
	    fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	    echo "kataform needs Python 3.11 or newer with venv, and found none of: $(strip $(PYTHONS))" >&2; \
	    echo "install one (Debian and Ubuntu: also python3-venv), or name it: make test PYTHON=/path/to/python3" >&2; \
	    exit 2; \
	fi; \
	echo "setting up $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/.installed-lint: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@
