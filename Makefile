# Every task of this repository. Written for make 3.81 (macOS) and later; needs Python 3.11+.

VENV   := .venv
SYSTEM := /usr/bin/python3
BIN    := $(VENV)/bin
UV     := uv==0.13.9
# Only wheels: nothing is compiled here, and no package runs code of its own while it is installed.
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := install --require-hashes --only-binary :all: --requirement
LOCK   := compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
# Ports of `make demo`: PORT, PORT+1, PORT+2.
PORT   ?= 8000
# What `make bench` measures: all but what needs a peer.
OWN    := $(addprefix --part ,sign-ins growth memory cold-start tables)

.DEFAULT_GOAL := help
.PHONY: help demo test test-faults check bench bench-peers format lock clean

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## start the provider, the FranceConnect emulator and an application (PORT=9000, TLS=1)
	@exec $(BIN)/idp demo --port $(PORT) $(if $(TLS),--tls) $(ARGS)

test: check ## check, then run every test on every processor (ARGS="-k logout" picks some)
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 $(ARGS)

test-faults: $(VENV)/.installed-test ## break every part of a running house, in long rounds (ARGS="-k redis" picks some)
	$(BIN)/pytest tests/faults --faults --verbose --timeout 3600 -p no:cacheprovider $(ARGS)

check: $(VENV)/.installed-test ## style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers auto
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test ## goals and figures of what is measured without a peer (ARGS="--part growth")
	$(BIN)/python -m bench $(if $(findstring --part,$(ARGS)),,$(OWN)) $(ARGS)

bench-peers: $(VENV)/.installed-test ## goals and figures, beside npm's oidc-provider (a quarter of an hour, needs wrk and Node; ARGS="--only refresh")
	$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.installed-test ## put every file in the agreed style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write both lock files anew from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	@$(require-python)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	"$$($(find-python))" -m venv "$$tools" && "$$tools/bin/pip" install --quiet $(UV) && \
	"$$tools/bin/uv" pip $(LOCK) $(UPGRADE) --extra build \
		--output-file requirements.lock pyproject.toml && \
	"$$tools/bin/uv" pip $(LOCK) $(UPGRADE) --extra build --extra test --extra tracing --constraint requirements.lock \
		--output-file requirements-test.lock pyproject.toml

clean: ## remove everything that these tasks made, the demo's data included
	rm -rf $(VENV) var build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The virtual environment -------------------------------------------------------------------
# Stamp files inside it say what it holds: nothing is installed again until a lock, or the project's
# own metadata, changes. The project itself is installed in place, with the locked setuptools, so the
# command `idp` and the version come from pyproject.toml alone.

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing what the project needs (once, a minute or two) ..."
	@$(PIP) $(LOCKED) requirements.lock
	@$(PIP) --quiet install --no-deps --no-build-isolation --editable .
	@echo "Compiling it ..."
	@$(BIN)/python -m compileall -q idp federation keys
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	@echo "Installing what the tests need (once) ..."
	@$(PIP) $(LOCKED) requirements-test.lock
	@touch $@

# A Python that was upgraded away leaves a dangling link here, and so a new environment.
$(BIN)/python:
	@$(require-python)
	@echo "Making $(VENV) ..." && "$$($(find-python))" -m venv --clear $(VENV)

# The system's Python if it is new enough and whole, else the first on PATH that is new enough; PYTHON=/path/to/python
# names one. Distributions compile theirs with a profile of its work, which version managers do not unless told: the
# provider takes a tenth to a quarter less time by it.
find-python = for p in $(PYTHON) $(SYSTEM) python3 python3.14 python3.13 python3.12 python3.11; do \
	if test "$$p" = "$(SYSTEM)"; then wanted='ensurepip, venv'; else wanted=sys; fi; \
	if "$$p" -c "import sys, $$wanted; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; \
	then command -v "$$p"; break; fi; done

require-python = p="$$($(find-python))"; \
	if test -z "$$p"; then \
		echo "Python 3.11 or later is needed and none was found on PATH." >&2; \
		echo "Debian, Ubuntu: apt-get install python3 python3-venv. macOS: brew install python." >&2; \
		exit 1; \
	fi; \
	if ! "$$p" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$p cannot make a virtual environment: its venv module is missing." >&2; \
		echo "Debian, Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; \
	fi
