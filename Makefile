# Everything here sets itself up: git, make and Python 3.11 or newer are enough.
#
# The environment is .venv; stamp files in it say what it holds already, so that a second run
# installs nothing. Delete .venv (or run `make clean`) and it is made anew.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c '$(SUITS)' >/dev/null 2>&1 && { echo "$$name"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
# The tests make and drop thousands of small databases: in memory, where there is room for them.
SCRATCH := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 1000000 { print "/dev/shm" }')
IN_SCRATCH = scratch=$$(mktemp -d "$(or $(SCRATCH),$${TMPDIR:-/tmp})/ptce-tests.XXXXXX") && \
	trap 'rm -rf "$$scratch"' EXIT && chmod a+x "$$scratch" && TMPDIR="$$scratch"
SUITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))
OURS := import pip, sys; sys.exit(sys.prefix == sys.base_prefix)
# Who plays the demo is spoken to in the language of the terminal.
COMMA := ,
FRENCH := $(filter fr%,$(firstword $(PTCE_LANG) $(LC_ALL) $(LC_MESSAGES) $(LANG)))
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV := uv==0.13.9

# The stamps: an environment that works, what running needs, what the tests and the benches need.
MADE := $(VENV)/.made
RUN := $(VENV)/.installed-run
TEST := $(VENV)/.installed-test
BENCH := $(VENV)/.installed-bench
MICROSOFT := $(VENV)/.installed-microsoft
# The catalogues as gettext reads them, which git does not track.
COMPILED := $(patsubst %.po,%.mo,$(wildcard ptce_workflow/base/locale/*/LC_MESSAGES/*.po))
# What judges exports from outside has an environment of its own, and a place for what it judges.
MINING := .venv-conformance/.installed
JUDGED := build/conformance

# An environment that was moved with its folder, or has lost its Python, is no environment.
ifneq "$(shell test -x $(BIN)/python && cat $(MADE) 2>/dev/null)" "$(CURDIR)"
$(MADE): anew
endif

# Bytecode is kept whatever the shell says: each process would compile anew what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install demo test test-slow test-python check ruff bench bench-growth faults conformance words generate docs lock clean anew

help: ## say what can be asked for
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: $(RUN) $(COMPILED) ## install the program in .venv, or bring it up to date after git pull

demo: $(RUN) $(COMPILED) ## play the contest from the opening to the end, in demo/
	@$(BIN)/python -m rehearsal.run demo

test: ruff $(COMPILED) ## run the checks and the tests (about two minutes)
# mypy works where tests wait for something, and is heard once they have ended.
	@echo "mypy, beside pytest -n 2"; $(BIN)/python -m mypy >$(VENV)/.mypy 2>&1 & mypy=$$!; \
	$(IN_SCRATCH) $(BIN)/python -m pytest -n 2; ended=$$?; \
	wait $$mypy || ended=$$?; cat $(VENV)/.mypy; exit $$ended

test-slow: $(TEST) $(COMPILED) ## run the long and slow tests, then the suite once more on PostgreSQL
	$(IN_SCRATCH) $(BIN)/python -m pytest -n 2 -m "slow or long or hypothesis" --hypothesis-profile=full
# Nothing is remembered from one test to the next in these: what tests share can hide nothing there.
	$(IN_SCRATCH) TEST_REMEMBER_NOTHING=1 $(BIN)/python -m pytest -n 2 tests/contests
# Every contest of the suite once more on PostgreSQL; what is about SQLite's file is skipped. Those
# tests that open no database run too: a list of them would be longer to keep than they are to run.
	$(IN_SCRATCH) TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 -m "not slow"

test-python: ## run the checks and the tests with another Python: make test-python PYTHON=python3.13
ifneq ($(origin PYTHON),command line)
	@echo "Say which Python: make test-python PYTHON=python3.13" >&2; exit 2
else
	@$(MAKE) test VENV=.venv-$(notdir $(PYTHON))
endif

check: ruff $(COMPILED) ## look for mistakes without running anything: ruff, its format, mypy
	$(BIN)/python -m mypy --num-workers 2

ruff: $(TEST)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

bench: $(BENCH) $(COMPILED) ## measure speed against yardsticks, side by side; writes docs/performance.md
	$(BIN)/python -m bench
	$(BIN)/python tools/docs.py

bench-growth: $(BENCH) $(MINING) $(COMPILED) ## measure what grows, up to 100,000 candidatures or a million lines (long)
	$(BIN)/python -m bench.sizes
	$(BIN)/python -m bench.lines
	$(BIN)/python tools/docs.py

faults: $(TEST) $(COMPILED) ## break what can be broken, and tell what came of it (a quarter of an hour)
	$(IN_SCRATCH) $(BIN)/python -m faults

conformance: $(RUN) $(MINING) $(COMPILED) ## replay an exported log on its diagram, by other programs
	@rm -rf $(JUDGED) && mkdir -p $(JUDGED)
	@$(BIN)/python -m rehearsal.run $(JUDGED)/demo >/dev/null
	@for contest in demo demo/ami contests/aap-national; do \
		folder=$$contest; test -d $(JUDGED)/$$contest && folder=$(JUDGED)/$$contest; \
		name=$(JUDGED)/$$(basename $$contest); \
		$(BIN)/ptce diagram --contest $$folder -o $$name.bpmn || exit; \
		test -f $$folder/ptce.db || continue; \
		$(BIN)/ptce export --contest $$folder --as bureau --xes $$name.xes && \
		.venv-conformance/bin/python conformance/replay.py $$name.bpmn $$name.xes || exit; \
	done
	@if command -v npm >/dev/null; then \
		cp conformance/package*.json conformance/.npmrc conformance/.bpmnlintrc $(JUDGED) && \
		cd $(JUDGED) && npm ci --silent --no-fund --no-audit && npx --no-install bpmnlint *.bpmn && \
		echo "bpmnlint: no error"; \
	else echo "npm is not installed: the diagrams are not linted." >&2; fi

words: $(TEST) ## gather the messages of the code into the French catalogue
	$(BIN)/python tools/words.py

generate: $(TEST) ## write the generated modules again
	$(BIN)/python tools/generate.py

%.mo: %.po | $(RUN)
	@$(BIN)/python tools/words.py --compile

docs: $(RUN) $(COMPILED) ## write the generated pages of docs/ again
	$(BIN)/python tools/docs.py --day

clean: ## remove what make made: environments, caches, dist/ and demo/
	rm -rf .venv .venv-* build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment ---------------------------------------------------------------------------

# One that works is kept, whoever made it; a broken, half-made or moved one is made anew.
$(MADE):
	@python="$(PYTHON)"; \
	if [ ! -e $@ ] && { $(BIN)/python -c '$(SUITS)' && $(BIN)/python -c '$(OURS)'; } 2>/dev/null; \
	then echo "$(if $(FRENCH),L’environnement trouvé dans $(VENV) convient.,Using the environment found in $(VENV).)"; \
	elif [ -n "$$python" ] && "$$python" -c '$(SUITS)' 2>/dev/null; then \
		echo "$(if $(FRENCH),Création de l’environnement $(VENV) avec $$python.,Making the environment in $(VENV) with $$python.)"; \
		"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	else \
		echo "$(if $(FRENCH),Il faut Python 3.11 à 3.14 ; $${python:-python3} n’en est pas un.,Python 3.11 to 3.14 is needed; $${python:-python3} is none of them.)" >&2; \
		echo "$(if $(FRENCH),Installez-le$(COMMA) ou dites où il est :,Install one$(COMMA) or say where it is:) make PYTHON=/…/python3.11 …" >&2; \
		exit 1; \
	fi
	@echo "$(CURDIR)" > $@

$(RUN): requirements/run.txt pyproject.toml $(MADE)
	$(call install,run)
	@touch $@

# What `ptce mail login` needs besides.
$(MICROSOFT): requirements/microsoft.txt pyproject.toml $(MADE)
	$(call install,microsoft)
	@touch $(RUN) $@

# The larger sets hold the smaller ones: a `make demo` after them has nothing to install.
$(TEST): requirements/test.txt pyproject.toml $(MADE)
	$(call install,test)
	@touch $(RUN) $@

$(BENCH): requirements/bench.txt pyproject.toml $(MADE)
	$(call install,bench)
	@touch $(RUN) $@

$(MINING): requirements/conformance.txt | $(MADE)
	@echo "Installing what requirements/conformance.txt lists into .venv-conformance (once)."
	@$(BIN)/python -m venv --clear .venv-conformance
	@.venv-conformance/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		--require-hashes -r requirements/conformance.txt
	@touch $@

define install
@echo "$(if $(FRENCH),Installation de requirements/$1.txt dans $(VENV) (une seule fois).,Installing what requirements/$1.txt lists into $(VENV) (once).)"
@$(PIP) install --quiet --require-hashes -r requirements/$1.txt
@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
endef

# --- the locks ---------------------------------------------------------------------------------

# Keeps every version that still fits pyproject.toml; `make lock UPGRADE=1` takes the newest.
LOCK = .venv-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)
# What every set holds: building the editable installation, and the mail server of `make demo`.
SETUP = --group build --group demo

lock: .venv-lock/bin/uv ## write requirements/ again after a change in pyproject.toml
	$(LOCK) $(SETUP) --group test --extra microsoft -o requirements/test.txt
	$(LOCK) $(SETUP) --constraint requirements/test.txt -o requirements/run.txt
	$(LOCK) $(SETUP) --extra microsoft --constraint requirements/test.txt \
		-o requirements/microsoft.txt
	$(LOCK) $(SETUP) --group bench --constraint requirements/test.txt -o requirements/bench.txt
	$(subst pyproject.toml ,,$(LOCK)) --group conformance --constraint requirements/test.txt \
		--constraint requirements/bench.txt -o requirements/conformance.txt

.venv-lock/bin/uv: | $(MADE)
	$(BIN)/python -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
