# Checkpoint Explorer. `make run` opens it, `make test` checks it, `make help` lists the rest.

# VENV=/path/to/env    the environment to use; what it holds already, PyTorch before all, is kept
# PYTHON=python3.13    the Python to make .venv with, or .venv-3.13 where .venv is of another version;
#                      one inside an environment means that environment
ifdef PYTHON
VENV ?= $(shell "$(PYTHON)" .ci/environment_of.py)
endif
PYTHON ?= python3
VENV ?= .venv

# FILE=checkpoint.pt   the file to open; taken as it is written, with spaces, dollars and quotes
override FILE := $(value FILE)
PICTURE := checkpoint-explorer.png
export FILE PYTHON VENV

# Before .venv stands, whatever Python there is; then its own, which starts fastest.
prepare = python="$$VENV/bin/python"; [ -x "$$python" ] || python="$$PYTHON"; \
	"$$python" .ci/system_packages.py $(1) && "$$python" .ci/environment.py "$$VENV" $(1)

# Tests and benchmarks start the program hundreds of times: it is compiled once, as where it is installed.
unexport PYTHONDONTWRITEBYTECODE

FUZZ_CASES ?= 2000
FUZZ_SEED ?= 0
export FUZZ_CASES FUZZ_SEED

.PHONY: run test thorough lint format bench bench-peers soak fuzz clean help ready ready-to-test
.DEFAULT_GOAL := help

run: ready ## open the program, or FILE="my checkpoint.pt"; without a display, draw a picture of it
	@if [ -n "$$FILE" ]; then set -- "$$FILE"; else set -- --example; fi; \
	why=$$(env -u QT_QPA_PLATFORM "$$VENV/bin/python" -c "from explorer.ui.display import why_no_display as why; \
		print(why() or '')"); \
	if [ -n "$$why" ]; then \
		echo "No window, because $$why: it is drawn into $(PICTURE) instead."; \
		set -- --screenshot "$(PICTURE)" "$$@"; \
	fi; \
	"$$VENV/bin/python" main.py "$$@"

test: lint ## format, lint and types, then all tests; real checkpoints are fetched into build/corpus
	@python="$$VENV/bin/python"; \
	if [ -z "$$CORPUS" ]; then \
		"$$python" tests/corpus/fetch.py build/corpus; \
		case $$? in \
			0) export CORPUS="$$PWD/build/corpus" ;; \
			75) echo "The tests that need them are skipped." ;; \
			*) exit 1 ;; \
		esac; \
	fi; \
	status=0; \
	if command -v xvfb-run >/dev/null && command -v xauth >/dev/null; then \
		echo "Tests in a real window:"; \
		QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1440x900x24" "$$python" -m pytest tests/ui/test_real_window.py || status=$$?; \
		[ $$status -ne 5 ] || status=0; \
	else \
		echo "There is no xvfb-run here: the tests in a real window are skipped."; \
	fi; \
	echo "All other tests:"; \
	QT_QPA_PLATFORM=offscreen "$$python" -m pytest -n 2 -m "not xvfb and not thorough" || status=$$?; \
	exit $$status

lint: ready-to-test ## check format, lint and types
	@"$$VENV/bin/python" -m ruff format --check .
	@"$$VENV/bin/python" -m ruff check .
	@"$$VENV/bin/python" -m mypy

format: ready-to-test ## format the code, and mend what the linter can mend
	@"$$VENV/bin/python" -m ruff check --fix-only .
	@"$$VENV/bin/python" -m ruff format .

bench: ready-to-test ## measure speed and memory
	@"$$VENV/bin/python" -m benchmarks

bench-peers: ready-to-test ## ask other programs the same of the same files; they are installed into build/peers
	@"$$VENV/bin/python" -m benchmarks.peers

soak: ready-to-test ## use the window at random for ten minutes over the files in CORPUS=folder and MORE="folders"
	@"$$VENV/bin/python" -m benchmarks.soak "$(or $(CORPUS),build/corpus)" $(MORE)

thorough: ready-to-test ## the tests that `make test` leaves out because they take minutes
	@if [ -z "$$CORPUS" ]; then "$$VENV/bin/python" tests/corpus/fetch.py build/corpus; export CORPUS="$$PWD/build/corpus"; fi; \
	QT_QPA_PLATFORM=offscreen "$$VENV/bin/python" -m pytest -n 2 -m thorough

fuzz: ready-to-test ## open 2,000 randomly damaged files, or FUZZ_CASES=n; what goes wrong is kept in build/fuzz
	@"$$VENV/bin/python" -m tests.hostile.fuzz

clean: ## remove what was built, drawn and cached; .venv stays
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis "$(PICTURE)"
	find explorer resources tests benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

ready:
	@$(call prepare)

ready-to-test:
	@$(call prepare,test)
