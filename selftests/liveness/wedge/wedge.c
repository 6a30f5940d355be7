// SPDX-License-Identifier: GPL-2.0
/* A driver whose initialisation does not come to an end, with interrupts off. */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/processor.h>

static int __init wedge_init(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
	return 0;
}
module_init(wedge_init);

MODULE_DESCRIPTION("Hangs the processor that loads it");
MODULE_LICENSE("GPL");
