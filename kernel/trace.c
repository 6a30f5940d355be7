// SPDX-License-Identifier: GPL-2.0
/* Instantiates the trace points of trace.h. */
#include <linux/types.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
