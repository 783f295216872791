# Latchkey. `make run` starts it, `make test` tests it, `make help` lists the rest.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
TOOLS   := $(CURDIR)/.cache/tools
LINT    := $(TOOLS)/golangci-lint
LINT_VERSION := v2.15.0
AXE_VERSION := 4.14.1
FUZZTIME ?= 5s

.PHONY: help build run test lint check chaos fuzz soak bench bench-console bench-lists docs clean browser pictures need-postgres need-gcc need-wrk need-curl need-chromium need-axe need-languages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/latchkey
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/latchkey ./cmd/latchkey

run: build ## build and start the server on 127.0.0.1:8080
	./bin/latchkey serve

test: need-postgres need-gcc need-curl ## all tests, with the race detector, on SQLite and PostgreSQL
	$(GO) vet ./...
	$(GO) vet -tags browser ./test/browser/...
	$(GO) test -race -timeout 15m ./...
	$(GO) test -timeout 5m -run 'TestTenantIsolation|TestNonsense|TestEverythingIsRecorded' ./internal/api

lint: $(LINT) ## static analysis
	$(LINT) run --build-tags browser ./...

# Cached: building the linter takes minutes.
$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

check: chaos browser fuzz ## what takes longer: chaos, a real browser, short fuzzing

chaos: need-postgres need-curl
	LATCHKEY_TEST_CHAOS=1 $(GO) test -count=1 -timeout 20m -run 'Chaos' ./test/... ./internal/...

# What fails leaves pictures in .cache/browser.
browser: need-postgres need-chromium need-axe need-curl need-languages ## the console in a real Chromium
	@mkdir -p .cache/browser
	$(GO) test -tags browser -count=1 -timeout 25m -artifacts -outputdir $(CURDIR)/.cache/browser ./test/browser/...

pictures: need-chromium need-axe ## the pictures of every page in docs/console
	@mkdir -p .cache/browser
	rm -f docs/console/*.png
	$(GO) test -tags browser -count=1 -timeout 25m -artifacts -outputdir $(CURDIR)/.cache/browser -run '^TestPages$$' ./test/browser -args -pictures=$(CURDIR)/docs/console
	@du -sh docs/console

fuzz: ## every fuzz target for FUZZTIME
	@scripts/fuzz.sh $(FUZZTIME)

soak: ## hours: every fuzz target for ten minutes
	$(MAKE) fuzz FUZZTIME=10m

bench: need-postgres need-wrk ## tokens per second beside the machine's limits
	$(GO) run ./bench $(BENCHFLAGS)

bench-console: need-postgres ## the server's time for each page of the console, beside a hundred thousand users
	$(GO) run ./bench/console $(BENCHFLAGS)

bench-lists: need-postgres ## the lists of the management API beside a million users; the first run fills the databases for minutes
	$(GO) run ./bench/lists $(BENCHFLAGS)

docs: ## write the generated parts of the documents
	$(GO) test ./internal/server -run Reference -update

clean:
	rm -rf bin

# What Debian has and a fresh machine lacks.
need-postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || scripts/install.sh postgresql

need-gcc:
	@command -v gcc >/dev/null || scripts/install.sh gcc libc6-dev

need-wrk:
	@command -v wrk >/dev/null || scripts/install.sh wrk

need-curl:
	@command -v curl >/dev/null || scripts/install.sh curl

# With a font: without one, text has no width.
need-chromium:
	@command -v chromium >/dev/null || scripts/install.sh chromium fonts-dejavu-core
	@fc-list 2>/dev/null | grep -q . || scripts/install.sh fontconfig fonts-dejavu-core

# What the code of the Quick start is run with.
need-languages:
	@command -v python3 >/dev/null || scripts/install.sh python3
	@command -v node >/dev/null || scripts/install.sh nodejs

need-axe:
	@test -s .cache/npm/node_modules/axe-core/axe.min.js || { command -v npm >/dev/null || scripts/install.sh npm; }
	@test -s .cache/npm/node_modules/axe-core/axe.min.js || \
		npm install --prefix .cache/npm --no-save --ignore-scripts --no-fund --no-audit axe-core@$(AXE_VERSION)
