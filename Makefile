# `make demo` and `make test` do all set-up by themselves.
.PHONY: help setup demo test lint bench bench-outbox soak wheel-test clean

PY := .venv/bin/python
# Hundreds of short-lived processes load the same modules in a run of the tests.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make demo    set up, then scan, seal and send a book with a simulated scanner"
	@echo "make test    set up, then run the tests"
	@echo "make lint    ruff, mypy, import rules"
	@echo "make bench   measurements, as ratios in one run"
	@echo "make bench-outbox  one bag over bad lines, and a queue of ten thousand"
	@echo "make soak    endurance runs"
	@echo "make wheel-test  build the wheel and try it away from the source tree"

setup:
	@tools/setup

demo: setup
	@.venv/bin/station demo

test: setup
	@$(PY) -m pytest -m "not bench and not soak" -n 4 --dist worksteal

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup
	@$(PY) -m pytest -m bench -s tests/bench --timeout 900

bench-outbox: setup
	@$(PY) -m pytest -m bench -s tests/bench/test_bench_outbox.py tests/bench/test_bench_outbox_lines.py --timeout 900

soak: setup
	@$(PY) -m pytest -m soak --timeout 3600
	@$(PY) -m pytest -m "hypothesis and not soak and not bench" --hypothesis-profile thorough --timeout 3600

wheel-test: setup
	@tools/wheel-test

clean:
	rm -rf .venv .tools build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
