# SPDX-License-Identifier: GPL-2.0
#
# vigil: the kernel module, its daemon and its command line tool.
# "make help" lists the targets. All output goes below build/.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
TOP := $(CURDIR)

# Kernel to build the module for: 6.12, 6.1, debug (kernels of the test rig),
# host (the running one). KDIR=/path names any other header tree.
KVER ?= $(if $(KDIR),host,6.12)
# Kernel of the guest that is measured: 6.12 or 6.1.
KERNEL ?= 6.12
PREFIX ?= /usr
SEEDS ?= 1000
SEED ?= 1
TESTS ?=

BUILD := $(TOP)/build
USER := $(BUILD)/user
SBIN := $(DESTDIR)$(PREFIX)/sbin
DOC := $(DESTDIR)$(PREFIX)/share/doc/vigil
MAN := $(DESTDIR)$(PREFIX)/share/man
UNITS := $(DESTDIR)$(PREFIX)/lib/systemd/system

MAKEFLAGS += --no-print-directory
# Two levels of make would otherwise fight over the two processors of a small machine.
JOBS ?= $(shell nproc)
export KDIR JOBS

.PHONY: all
all: module user ## module for KVER, daemon, witness and tool (default)

.PHONY: module
module: packages-build ## build/$(KVER)/vigil.ko
	@scripts/build-module $(KVER)

.PHONY: user
user: packages-build ## build/user/{vigild,vigil,vigil-witness}
	@mkdir -p $(USER)
	@+flock $(USER)/.lock $(MAKE) -j$(JOBS) -C user O=$(USER)

.PHONY: demo
demo: packages-build packages-check ## three emulated machines take a service over
	@scripts/quiet build/demo-build.log "building" $(MAKE) KVER=6.12 all
	@selftests/qemu/demo

.PHONY: check
check: ## build, lint, all tests: half an hour
	@scripts/check

.PHONY: check-debug
check-debug: ## module tests on a kernel with its checkers on (VIGIL_DEBUG_KERNEL)
	@scripts/check --debug

.PHONY: check-long
check-long: ## what takes long: mixed load without a false alarm, 100,000 seeds; an hour
	@scripts/check --long

.PHONY: bench-liveness
bench-liveness: packages-build packages-check ## how fast deaths and hangs are seen, what it costs
	@scripts/quiet build/bench-build.log "building" $(MAKE) KVER=$(KERNEL) all
	@selftests/bench/run $(KERNEL)

.PHONY: unit
unit: packages-build packages-check ## unit tests
	@$(MAKE) -j$(JOBS) -C selftests/unit O=$(BUILD)/unit run TESTS="$(TESTS)"

.PHONY: sim
sim: packages-build ## protocol simulator: SEEDS=n runs from SEED=x on
	@$(MAKE) -C selftests/sim O=$(BUILD)/sim run SEEDS=$(SEEDS) SEED=$(SEED)

.PHONY: sim-mutants
sim-mutants: packages-build ## the simulator must catch every planted protocol bug
	@$(MAKE) -C selftests/sim O=$(BUILD)/sim mutants

.PHONY: lint
lint: packages-build packages-lint ## warnings, sparse, clang's analyser, style
	@scripts/lint

.PHONY: install
install: ## daemon, witness, tool, units below DESTDIR PREFIX; module too with KVER=host
	@[ -x $(USER)/vigild ] && [ -x $(USER)/vigil ] && [ -x $(USER)/vigil-witness ] || \
		{ echo "install: nothing built yet; run: make user" >&2; exit 1; }
	install -D -m 0755 $(USER)/vigild $(SBIN)/vigild
	install -D -m 0755 $(USER)/vigil $(SBIN)/vigil
	install -D -m 0755 $(USER)/vigil-witness $(SBIN)/vigil-witness
	install -m 0755 packaging/fence/fence_vigil_qmp $(SBIN)/fence_vigil_qmp
	install -d $(UNITS)
	install -m 0644 packaging/systemd/*.service $(UNITS)/
	install -d -m 0755 $(DESTDIR)/etc/vigil
	install -D -m 0644 packaging/vigil.conf.example $(DOC)/vigil.conf.example
	install -m 0644 README.md COPYING $(DOC)/
	install -d $(MAN)/man8 $(MAN)/man5
	install -m 0644 user/*/*.8 $(MAN)/man8/
	install -m 0644 user/*/*.5 $(MAN)/man5/
	install -D -m 0644 user/vigil/vigil.bash-completion \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vigil
ifeq ($(KVER),host)
	@scripts/build-module host modules_install $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR))
endif

.PHONY: packages
packages: ## install the Debian packages of all targets
	@packaging/ensure-packages build check lint

packages-%:
	@packaging/ensure-packages $*

.PHONY: clean
clean: ## remove build/ (downloaded kernels stay in their cache)
	@rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@echo "vigil $(VERSION)"
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | \
		while IFS="$$(printf '\t')" read -r target text; do \
		printf '  make %-15s %s\n' "$$target" "$$text"; done
	@echo
	@echo "  KVER=6.12|6.1|debug|host   kernel of the module (now $(KVER)); KDIR=/path for another"
	@echo "  KERNEL=6.12|6.1            kernel that bench-liveness measures"
	@echo "  SEEDS=n SEED=x             simulator: how many runs, first seed"
	@echo "  PREFIX=/usr DESTDIR=       where install puts things"
