# Each target is one line; `make` alone lists them. corpus, test, check, bench and report set up what they need first.
PYTHON ?= python3
DATA ?=
OUT ?= build/corpus
CORPUS ?=
ARGS ?=
ONLY ?=
RUN := .venv/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help setup corpus test engines engine-flink engine-prism engine-dataflow check audit bench report

help:    ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready    ## make .venv and install the project with pinned versions

corpus: .venv/ready    ## build the corpus: DATA=folder OUT=folder CORPUS=recipe ARGS="..." (no DATA: the sample corpus)
	$(RUN) pipelines corpus $(if $(DATA),--data '$(DATA)') --out '$(OUT)' $(if $(CORPUS),--corpus '$(CORPUS)') $(ARGS)

test: .venv/ready    ## run the tests
	$(RUN) pytest -q -n auto --dist loadfile $(ARGS)

engines: .venv/ready    ## run the tests on clusters and stores of this machine (the first time it fetches Flink and builds Prism and a store: Java 17, Maven, Go; what cannot be had is skipped)
	$(RUN) tests.engines.fetch --or-skip && $(RUN) pytest -q -rs -m engines $(ARGS)

engine-flink: .venv/ready    ## start a Flink cluster of this machine and say how to use it; Ctrl-C stops it: ARGS="--task-managers 2"
	$(RUN) tests.engines.fetch flink && exec $(RUN) tests.engines.flink $(ARGS)

engine-prism: .venv/ready    ## build Prism, Beam's own small engine, into build/engines/prism
	$(RUN) tests.engines.fetch prism

engine-dataflow:    ## make build/dataflow, an environment that writes jobs for Dataflow, and a store to try them on (docs/dataflow.md)
	$(PYTHON) -m venv build/dataflow && build/dataflow/bin/python -m pip install --quiet uv
	UV_FIND_LINKS="$$(build/dataflow/bin/python -m pip config get global.find-links 2>/dev/null)" build/dataflow/bin/uv pip install --python build/dataflow/bin/python --constraint constraints-dataflow.txt --editable '.[dataflow]' gcp-storage-emulator==2026.7.19

check: .venv/ready    ## lint and types
	.venv/bin/ruff check . && .venv/bin/mypy

audit: .venv/ready    ## terms and known vulnerabilities of what the program needs
	$(RUN) tests.audit $(ARGS)

bench: .venv/ready    ## measure: ONLY=read|pixels|inspect-stage|pairs|dedup|peers|burned|text|text-peers|text-scale|leaks|identifiers|tag|tag-words|balance|balance-stage|emit|diff|engine|end-to-end|efficiency|overhead|scale; writes build/bench.json
	$(RUN) tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

report: .venv/ready    ## write the report of OUT again
	$(RUN) pipelines report --out '$(OUT)'

# uv is ten times as fast as pip; --compile-bytecode keeps imports at 5 s instead of 12
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet uv
	UV_FIND_LINKS="$$(.venv/bin/python -m pip config get global.find-links 2>/dev/null)" .venv/bin/uv pip install --python .venv/bin/python --compile-bytecode --constraint constraints.txt --editable '.[sample,dev,bench]'
	@touch $@
