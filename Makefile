# The developer's and the newcomer's verbs. `make up` and `make test` install what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
LAB ?= django-8workers
CLI := node dist/cli/main.js

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: up
up: preflight tool engine seed-tools ## Install what is missing, build, run django-8workers, show it live, write results/
	$(CLI) up $(LAB)

.PHONY: down
down: tool ## Remove every fleet, network and volume that labs have left
	$(CLI) down --all

.PHONY: test
test: preflight tool engine seed-tools ## Everything once, small
	node scripts/test.mjs

.PHONY: test-full
test-full: preflight tool engine seed-tools ## The long runs too: every variant at 10,000 requests per worker
	node scripts/test.mjs --full

.PHONY: test-engines
test-engines: preflight tool engine seed-tools ## The same lab on every engine that Debian has: builds, runs, equal digests (20 min)
	npx vitest run --project engines

.PHONY: check
check: tool ## Formatting, types, generated files
	npm run -s lint
	npm run -s typecheck
	$(CLI) generate --check

.PHONY: generate
generate: tool ## Render dockerfiles/, the schemas and the manual page again
	$(CLI) generate

.PHONY: record
record: tool engine seed-tools ## Write the digests of every lab's images to its lab.lock, after a change of patch, app or template
	for lock in labs/*/lab.lock; do $(CLI) build "$$(dirname "$$lock")" --record; done

.PHONY: measured
measured: tool engine seed-tools ## Run every lab in its short form, and write what it took to labs/measured.json (machine must be quiet)
	$(CLI) run --all --short --results .measured
	node scripts/measured.mjs .measured

.PHONY: picture
picture: tool engine seed-tools ## Draw the picture of the README again (tmux needed)
	scripts/check-python.sh
	@mkdir -p .venv/majek && ln -sfn ../../dist/cli/main.js .venv/majek/majek-lab
	PATH="$(CURDIR)/.venv/majek:$$PATH" .venv/bin/python scripts/picture.py docs/terminal.svg 118x40 \
	  majek-lab up $(LAB) --variant preload --variant seal --requests 2000

.PHONY: bench
bench: tool engine ## Speed, as ratios of interleaved runs (never part of the tests)
	node scripts/bench.mjs

.PHONY: bench-patch
bench-patch: tool engine seed-tools ## What the patches cost, in instructions: a Django mix and ten kernels (20 min)
	$(CLI) build $(LAB)
	node scripts/bench-instructions.mjs --kernels --warmup 60 --requests 60

.PHONY: trap
trap: tool engine seed-tools ## Name who writes to pages that a sealed fleet should share
	$(CLI) build django-8workers
	node scripts/trap.mjs

.PHONY: engine
engine: tool ## Make sure that a container engine answers; install and start Debian's docker.io otherwise
	@scripts/engine.sh

.PHONY: seed-tools
seed-tools: engine
	@scripts/seed-tools.sh

.PHONY: preflight
preflight:
	@scripts/preflight.sh

.PHONY: tool
tool: node_modules/.stamp dist/.stamp ## Install the tool's libraries and compile it

# Install scripts would only compile what speeds up SSH, which the tool does not use.
node_modules/.stamp: package-lock.json
	npm ci --ignore-scripts
	@touch $@

dist/.stamp: node_modules/.stamp tsconfig.json tsconfig.build.json $(shell find src -name '*.ts' 2>/dev/null)
	@rm -rf dist
	npm run -s build
	@chmod +x dist/cli/main.js
	@touch $@

.PHONY: clean
clean: ## Remove build output (images and the content store stay: see `majek-lab prune` and `majek-lab cache`)
	rm -rf dist node_modules guest/probe/build
