# Islander. `make help` lists what there is; every target sets up what it needs by itself.

SCENARIO ?= blackout
SPEED ?= max
SEED ?= 1
WORKERS ?= auto

# The first Python that will do: 3.11 to 3.14, with a whole venv module.
ifndef PYTHON
USABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON := $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
            if $$p -c "$(USABLE)" >/dev/null 2>&1; then echo $$p; break; fi; done)
endif
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## this list
	@echo "Islander: open firmware for a house's transfer switch. Start with: make run"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

run: setup ## play a scenario: SCENARIO=blackout SPEED=max|realtime SEED=1; results in build/run/
	@$(PY) -m tools.run $(SCENARIO) --speed $(SPEED) --seed $(SEED)

scenarios: setup ## list the scenarios
	@$(PY) -m tools.scenarios

console: setup ## attach this terminal to the console of a running simulation (start it with SPEED=realtime)
	@$(PY) -m tools.console

monitor: setup ## a live screen of the controller, or of a running simulation (the command: .venv/bin/islander monitor)
	@.venv/bin/islander monitor

web: setup ## the page that reads a controller over USB (Web Serial), or a running simulation: http://localhost:8137
	@$(PY) -m tools.web

screenshots: setup-dev ## the pictures of the page and the monitor in docs/img, from a simulated outage (needs Chromium)
	@$(PY) -m tools.screenshots

wave: setup ## bring the recorded waves as COMTRADE files and pictures, into build/waves
	@.venv/bin/islander waves

test: setup-dev ## all tests
	@$(PY) -m pytest host_tests -n $(WORKERS)

check: lint types test ## lint, types, tests

lint: setup-dev
	@$(PY) -m ruff check

types: setup-dev
	@$(PY) -m mypy

bench: setup-dev ## the detectors measured beside targets and peers (about ten minutes; QUICK=1 less); results in build/bench/
	@$(PY) -m tools.bench $(if $(QUICK),--quick)

prove: setup-dev ## the transition table: against what is meant, cell by cell, and searched with adversarial contacts
	@$(PY) -m tools.prove

campaign: setup ## random runs of the whole firmware, safety judged by the plant: N=1000, AGAIN=17 plays that one again, SCHEDULER=tcp://..
	@$(PY) -m tools.campaign $(if $(N),--runs $(N)) $(if $(AGAIN),--seed $(AGAIN)) $(if $(SCHEDULER),--scheduler $(SCHEDULER))

islanding: setup-dev ## unintentional islands: a map of the times until they end, with and without the dither, in build/islanding/
	@$(PY) -m tools.islanding $(if $(STEPS),--steps $(STEPS))

micropython: setup-dev ## the board definition and manifests for those who build their own MicroPython; in build/micropython/
	@$(PY) -m tools.micropython

coverage: setup-dev ## lines and branches of transfer/ and protect/ by their own tests: all of them, or it fails
	@COVERAGE_FILE=build/coverage $(PY) -m coverage run --branch --source=firmware/transfer,firmware/protect -m pytest -q host_tests/unit/transfer host_tests/unit/protect host_tests/table
	@COVERAGE_FILE=build/coverage $(PY) -m coverage report -m --skip-covered --fail-under=100

mutants: setup-dev ## operator mutants on transfer/ and protect/: COUNT=600 of them, FULL=1 all; results in build/mutants/
	@$(PY) -m tools.mutants $(if $(COUNT),--count $(COUNT)) $(if $(FULL),--full)

replay: setup ## recorded events through the firmware: RECORDS=folder POLICY=RIDE_THROUGH|SEAMLESS CODE=3; results in build/replay/
	@$(PY) -m tools.replay "$(RECORDS)" $(if $(POLICY),--policy $(POLICY)) $(if $(CODE),--code "$(CODE)")

docs: setup ## the pages generated from the code: state diagram, image, limits
	@$(PY) -m tools.docs

build: setup-dev ## the image for the RP2040, with its sizes against the budgets
	@$(PY) -m tools.build

emulate: setup-dev ## boot the image on the emulated RP2040 with the site around it: SCENARIO=blackout
	@$(PY) -m tools.emulator $(SCENARIO)

soak: setup-dev build ## long service on the emulated chip with random events: MINUTES=10 of this machine's time
	@$(PY) -m tools.emulator.soak $(if $(MINUTES),--minutes $(MINUTES))

wire: setup ## share of the wire's limit that the Modbus master reaches, on a paced pseudo-terminal
	@$(PY) -m tools.wire

fuzz-modbus: setup ## 100,000 spoilt Modbus frames through each end
	@$(PY) -m tools.fuzz_modbus

technician: setup ## play the runs of docs/technician.md and write what the console said
	@$(PY) -m tools.docs.technician

fuzz: setup ## 100,000 spoilt lines typed at the console under MicroPython (two minutes and a half)
	@$(PY) -m tools.fuzz_console

deploy: setup-dev ## put the image on a controller: PORT=/dev/ttyACM0
	@$(PY) -m tools.deploy --port $(PORT)

setup: have-python
	@$(PYTHON) -m tools.setup run

setup-dev: have-python
	@$(PYTHON) -m tools.setup dev

have-python:
ifeq ($(PYTHON),)
	@echo "No Python 3.11 to 3.14 with venv was found. Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1
endif
	@:

libs: setup ## check and mend lib/ against lib/manifest.json
	@$(PY) -m tools.libs

# yattag has no wheel, and only cosmic-ray's HTML report asks for it.
lock: ## write requirements*.txt anew from requirements*.in (needs uv)
	@for name in requirements requirements-dev; do \
	    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package yattag $$name.in -o $$name.txt || exit 1; done

clean: ## remove what runs and tests leave behind
	@rm -rf build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## and the virtual environment and the fetched libraries
	@rm -rf .venv lib/umodbus lib/logging
