# weft: `make run` tries it, `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
TIMEOUT ?= 15m
BENCH_TIMEOUT ?= 90m
FUZZTIME ?= 30s

.PHONY: help run test lint bench soak fuzz build picture

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build weft and open it, on the embedded store if no bucket is configured
	@bin/weft

build: ## build bin/weft, one static binary
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/weft ./cmd/weft

test: ## run all tests, with the race detector where a C compiler is
	@if [ "$$(CGO_ENABLED=1 go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null; then \
		CGO_ENABLED=1 go test -race -timeout $(TIMEOUT) ./... && go test -run 'AVIF|HEIC' ./pipeline/picture && go test ./pipeline/picture/child; \
	else \
		echo 'no C compiler: testing without the race detector'; \
		go test -timeout $(TIMEOUT) ./...; \
	fi

lint: ## check format, vet, staticcheck and the direction of imports
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "run gofmt -w on:"; echo "$$bad"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -run 'TestImport' ./cmd/weft

bench: ## measure, then kill workers and interfaces 20 times in a batch of 100 images
	go test -run '^$$' -bench . -benchmem -p 1 -timeout $(BENCH_TIMEOUT) ./...
	go test ./cmd/weft -count 1 -v -run 'TestKilledAtRandomMoments|TestKilledUploadGoesOn' -soak -timeout $(BENCH_TIMEOUT)

soak: ## for ten minutes: kill worker, interface or both 100 times in each batch of 200 images
	@until ((SECONDS >= 600)); do \
		go test ./cmd/weft -count 1 -v -timeout 30m -run 'TestKilledAtRandomMoments' -soak -images 200 -kills 100; \
	done

# Go before 1.27 may fail a target for nothing as its time ends (https://go.dev/issue/75804).
fuzz: ## feed each parser random bytes for FUZZTIME (30s); what breaks it stays in testdata/fuzz
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sed 's|/[^/]*_test.go:func | |' | sort | while read -r folder target; do \
		echo "$$folder $$target"; \
		go test "$$folder" -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s -parallel 2 2>&1 | tee "$$log" | grep -v elapsed || \
			{ grep -q 'context deadline exceeded' "$$log" && ! grep -q 'Failing input' "$$log"; } || exit 1; \
	done

picture: ## draw the README's picture of the interface from the real program
	go test ./cmd/weft -count 1 -run 'TestPictureOfTheInterface' -picture $(CURDIR)/tui/testdata/interface.svg
