# SPDX-License-Identifier: GPL-2.0
#
# What the Makefiles of all userspace parts share. A part sets TOP, includes
# this, sets PACKAGES (pkg-config names), and says what is linked from what:
#
#	all: $(O)/vigil
#	$(O)/vigil: $(call objs,$(wildcard $(TOP)/user/vigil/*.c))
#		$(LINK)
#
# O is the output directory; the object of a/b.c is $(O)/obj/a/b.o.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:

O ?= $(TOP)/build/user
CC ?= cc
OPT ?= -O2 -g
# W=e makes warnings errors, as lint and check do.
WERROR := $(if $(filter e,$(W)),-Werror)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wno-unused-parameter $(WERROR)
INCLUDES := -I$(TOP)/include -I$(TOP)/include/uapi -I$(TOP)/kernel/core
PACKAGES ?=
# One place says the version: dkms.conf, for which it must stand there.
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' $(TOP)/dkms.conf)

# Asked once, when first needed, so that "make clean" needs no libraries.
pkg = $(if $(strip $(PACKAGES)),$(shell pkg-config $(1) $(PACKAGES)))
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(call pkg,--cflags))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(call pkg,--libs))$(PKG_LIBS)

BUILD_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(OPT) $(WARN) -fstack-protector-strong \
	-DVIGIL_VERSION='"$(VERSION)"' $(INCLUDES) $(PKG_CFLAGS) $(CFLAGS) $(CPPFLAGS)

objs = $(patsubst $(TOP)/%.c,$(O)/obj/%.o,$(abspath $(1)))

.PHONY: all
all:

$(O)/obj/%.o: $(TOP)/%.c $(TOP)/scripts/common.mk
	@mkdir -p $(@D)
	@echo "  CC      $*.c"
	@$(CC) $(BUILD_CFLAGS) -MMD -MP -c -o $@ $<

# Recipe of a program: its objects and archives are its prerequisites.
define LINK
@mkdir -p $(@D)
@echo "  LD      $(notdir $@)"
@$(CC) $(BUILD_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(PKG_LIBS) $(LDLIBS)
endef

# Recipe of an archive.
define ARCHIVE
@mkdir -p $(@D)
@echo "  AR      $(notdir $@)"
@rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
endef

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
