GO ?= go
LINT_VERSION := v2.15.0
PG ?= 17

# The linter that is installed, else the pinned one, built once by go run.
LINT := $(shell command -v golangci-lint || echo "$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)")
TESTSERVER := $(GO) run ./internal/testserver -image postgres:$(PG)-alpine $(TESTSERVER_FLAGS)

# What tests run, and on which: make test TEST="./engine -run Chain" PG=15
TEST ?= ./...

.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt golden golden-check bench image

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## two jobs on three worker processes, one of which is killed
	$(GO) run ./cmd/wfadmin demo

test: ## all tests with the race detector, on Postgres in Docker or else a private one
	$(TESTSERVER) -- $(GO) test -race -timeout 20m $(TEST)

lint: ## vet, static checks, formatting and the arrows between packages
	$(GO) vet ./...
	$(LINT) run ./...

fmt: ## format as the linter wants it
	$(LINT) fmt ./...

golden: ## write the golden dump of the database schemas anew
	$(TESTSERVER) -- $(GO) test ./migrations -run Golden -update

golden-check: ## compare the database schemas with their golden dump
	$(TESTSERVER) -- $(GO) test ./migrations -run Golden -count=1

bench: ## measure Weir beside plain River and plain Postgres
	$(GO) run ./cmd/wfadmin bench

image: ## get the image that tests run on, built from Debian's packages where it can't be pulled
	scripts/postgres-image.sh $(PG)
