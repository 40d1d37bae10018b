# make test   everything that CI runs
# make check  what is quick: formatting, vet, staticcheck, generated code
# make long   the long forms: more random cases, a minute of fuzzing a target
# make torture  the service killed 200 times while it takes events in, and a million old ones at once
# make bench  side by side with other programs (bench/, needs a C compiler)
# make build  the program, into bin/

GO ?= go
FUZZ ?= 3000x
# Packages with goroutines; the race detector makes the others slow for nothing.
RACE = ./internal/eventio ./internal/eventio/csvlog ./internal/eventio/xes ./internal/monitor ./internal/service
# … and those that take long to compile with it: make long.
RACE_LONG = ./internal/api ./internal/datadir ./internal/eventio/parquetlog ./internal/feed ./internal/sqldb

.PHONY: build test check pages tests race fuzz packs long torture bench tools

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o bin/plumbline ./cmd/plumbline

BESIDE = $(MAKE) $(if $(filter output-sync,$(.FEATURES)),-j$(1) --output-sync=target)

# After check has compiled what the program and its tests are made of, the rest
# compiles in ways of its own (for the race detector, for fuzzing) and waits for
# one core, a disk or a browser now and then: three at a time fill two cores.
# What the tests need is fetched meanwhile.
test:
	$(call BESIDE,2) check tools
	$(call BESIDE,3) pages tests race fuzz packs

check:
	./scripts/check.sh

# The pages take longest, so they begin first; pictures of them stay in out/pages.
# Vetted by check, like the others.
pages: tools
	PLUMBLINE_SHOTS="$(CURDIR)/out/pages" $(GO) test -vet=off -timeout 30m ./internal/web

tests: tools
	$(GO) test -vet=off -timeout 30m $$($(GO) list ./... | grep -v '/internal/web$$')

# Without the real logs, which tests reads, and fewer random cases: no race shows in
# the hundredth megabyte that doesn't in the first.
race: tools
	env -u CI -u PLUMBLINE_LOGS CGO_ENABLED=1 PLUMBLINE_ORACLE_CASES=300 $(GO) test -vet=off -timeout 30m -race \
		-skip '^Test(MoreThanASegmentHolds|Bombs|TooManyTypes)$$' $(RACE)

fuzz:
	./scripts/fuzz.sh $(FUZZ)

packs:
	$(GO) run ./cmd/plumbline rules test

long: tools
	CGO_ENABLED=1 $(GO) test -vet=off -count=1 -race $(RACE_LONG)
	PLUMBLINE_ORACLE_CASES=5000000 $(GO) test -count=1 -timeout 120m ./internal/monitor
	./scripts/fuzz.sh 60s

torture:
	PLUMBLINE_KILLS=200 PLUMBLINE_LATE=1000000 $(GO) test -count=1 -timeout 60m -v ./internal/torture

bench:
	cd bench && $(GO) run .

tools:
	./scripts/tools.sh
