# Riddle: `make demo` to see it, `make test` to check it. See README.md.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help demo demo-stop test lint format openapi bench bench-rerank bench-gpu bench-evaluation quality follow-ups study soak fuzz sanitize miri build web screenshots

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 20

demo: ## Install what is missing, build, ingest a knowledge base (DOCS=folder for yours), ask, leave the server running
	@scripts/demo.sh $(if $(DOCS),"$(DOCS)")

demo-stop: ## Stop the server that make demo left running
	@scripts/demo-stop.sh

test: ## Install what is missing and run every check
	@scripts/test.sh

build: ## Build the release binary
	@scripts/setup-system.sh
	@scripts/build-web.sh
	cargo build --release --locked -p riddle

web: ## Build the web app, which the server's build takes in
	@scripts/build-web.sh

lint: ## Formatting and lints of the Rust code and of the web app, licences and advisories of the dependencies
	@scripts/lint.sh

format: ## Format the Rust code and the web app
	cargo fmt --all
	@scripts/setup-browser.sh
	@scripts/setup-web.sh
	PATH="$$(scripts/setup-node.sh):$$PATH" npm run --silent --prefix tests/browser format
	PATH="$$(scripts/setup-node.sh):$$PATH" npm run --silent --prefix web format

openapi: ## Write docs/openapi.json and the web app's types anew after a change of the API
	@scripts/openapi.sh

screenshots: ## Pictures of every screen, into .riddle/screenshots
	@scripts/screenshots.sh

bench: ## Speed and memory, as ratios measured side by side in one run
	@scripts/bench.sh

bench-rerank: ## Speed of the reranker beside its peers, in one run (JSON=1 for machines, MODEL=minilm or base for one)
	@scripts/bench-rerank.sh $(if $(JSON),--json) $(MODEL)

bench-gpu: ## Speed of the reranker on a GPU of NVIDIA beside FlagEmbedding (JSON=1 for machines, MODEL=base or v2-m3 for one)
	@scripts/bench-gpu.sh $(if $(JSON),--json) $(MODEL)

bench-evaluation: ## Time of 1,000 questions in 4 arms, and answers beside a run against answers while it rests
	@scripts/evaluation-speed.sh

study: ## What reranking is worth on the evaluation sets, by the instrument that users have (LIMIT=150 ANSWERS=8)
	@scripts/study.sh $(SETS)

quality: ## Retrieval quality on the evaluation sets, through the real search
	@scripts/quality.sh

follow-ups: ## What rewriting follow-ups is worth over the handbook (HALF=choose or report or all, MODEL=name of a language model)
	@HALF=$(HALF) MODEL=$(MODEL) scripts/follow-ups.sh

soak: ## Kill the server KILLS times (default 1000), fill its disk, set its clock, and check that nothing is lost
	@RIDDLE_KILLS=$(or $(KILLS),1000) scripts/soak.sh

fuzz: ## Look for input that breaks any property test or the API, for MINUTES (default 10)
	@RIDDLE_FUZZ_MINUTES=$(or $(MINUTES),10) scripts/fuzz.sh

sanitize: ## Run the tests of the native engine with every access to memory checked
	@scripts/sanitize.sh

miri: ## Run the tests of the native engine over its portable kernels under Miri (TESTS=names of some)
	@TESTS="$(TESTS)" scripts/miri.sh
