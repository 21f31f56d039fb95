# Everything one does with a clone. `make` alone says what there is.
# The environment in .venv is made on first use and kept until pyproject.toml changes.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-kill test-chaos test-postfix fuzz explore fuzz-web lint format eval train bench bench-cluster docs pictures site notices dist sbom check-dist test-lowest clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Do the whole job once on invented feeds, into ./demo
	$(BIN)/aidigest demo

test: $(VENV)/.installed-dev ## Run the tests; what could not run is listed with its reason
	@echo 'Tests of PostgreSQL run where its server is installed (Debian: apt-get install postgresql)'
	@echo 'or AIDIGEST_TEST_POSTGRESQL names one. What is skipped is listed at the end, with the reason.'
	$(BIN)/pytest

test-kill: $(VENV)/.installed-dev ## Kill a send before each statement, and a poll at every point (half an hour)
	AIDIGEST_KILL_CUTS=0 AIDIGEST_KILL_MOMENTS=20 AIDIGEST_KILL_POINTS=all $(BIN)/pytest tests/kill

test-chaos: $(VENV)/.installed-dev ## Kill, freeze and cut off workers that share an edition, 200 times (half an hour)
	AIDIGEST_CHAOS=200 $(BIN)/pytest -s tests/workers/test_chaos.py --timeout=180

test-postfix: $(VENV)/.installed-dev ## Send 10,000 messages through a real Postfix and read them back
	AIDIGEST_POSTFIX_MESSAGES=10000 $(BIN)/pytest tests/cli/test_real_postfix.py

fuzz: $(VENV)/.installed-dev ## Read 20,000 mutated feeds (about twenty minutes)
	AIDIGEST_FUZZ_FEEDS=20000 $(BIN)/pytest -s tests/fuzz

explore: $(VENV)/.installed-dev ## Try the properties that hold for any input on 5,000 new inputs each
	$(BIN)/pytest --hypothesis-profile=exploring -m hypothesis --timeout=1800

fuzz-web: $(VENV)/.installed-dev ## Ask the web 5,000 made-up requests; none may break it
	AIDIGEST_FUZZ_REQUESTS=5000 $(BIN)/pytest tests/web/test_defence.py --timeout=900

lint: $(VENV)/.installed-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Put the code into its usual form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

eval: $(VENV)/.installed-dev ## Score relevance, stories and topics on labelled data
	$(BIN)/python benchmarks/evaluate.py

train: $(VENV)/.installed-dev ## Learn the text models anew from the labelled data (needs scikit-learn)
	$(BIN)/python -m pip install --quiet --group train
	$(BIN)/python benchmarks/count_words.py
	$(BIN)/python benchmarks/train_topics.py
	$(BIN)/python benchmarks/train_likeness.py

bench: $(VENV)/.installed-dev ## Measure polling (beside reader), composing and sending
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python benchmarks/poll.py
	$(BIN)/python benchmarks/compose.py
	$(BIN)/python benchmarks/send.py
	$(BIN)/python benchmarks/web.py
	$(BIN)/python benchmarks/render.py

bench-cluster: $(VENV)/.installed-dev ## Measure workers that share an edition, and freeze a million readers
	$(BIN)/python benchmarks/cluster.py
	$(BIN)/python benchmarks/cluster.py --freeze 1000000
	$(BIN)/python benchmarks/plan.py

docs: $(VENV)/.installed-dev ## Write the pages anew that are made from the code, commands and tests
	$(BIN)/python docs/make.py

site: $(VENV)/.installed-dev ## Build the documentation as a site into ./site; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

pictures: $(VENV)/.installed ## Take the pictures of the mail anew (needs chromium)
	PYTHONPATH=docs $(BIN)/python -m making.pictures

notices: $(VENV)/.installed-dev ## Write THIRD-PARTY.md anew: the libraries and their licences
	$(BIN)/python release/notices.py

dist: $(VENV)/.installed-dev ## Build the wheel and the source distribution into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build -t sdist -t wheel

sbom: dist ## Write beside them which libraries they were checked with (CycloneDX)
	$(BIN)/python release/sbom.py

check-dist: dist ## Install them into empty environments of every Python there is, and run the demo
	$(BIN)/python release/check_dist.py

test-lowest: .venv-lowest/.installed ## Run the tests with the lowest versions of libraries that we allow
	.venv-lowest/bin/python -m pytest --ignore=tests/browser --ignore=tests/kill --ignore=tests/fuzz --ignore=tests/test_packaging.py $(LOWEST)

.venv-lowest/.installed: pyproject.toml $(VENV)/.installed-dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
	  --editable '.[postgresql,dkim,articles,embeddings]' --group dev
	@touch $@

clean: ## Remove everything that can be made again; ./var and ./demo stay
	rm -rf $(VENV) .venv-lowest dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'aidigest needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo 'This python3 cannot make environments; on Debian: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Only a recent pip knows --group (PEP 735).
$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[postgresql,dkim,articles,embeddings]' --group dev
	@touch $(VENV)/.installed $@
