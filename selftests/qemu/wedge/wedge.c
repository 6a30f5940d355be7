// SPDX-License-Identifier: GPL-2.0
/* A driver whose initialisation does not come to an end, with interrupts off. */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/smp.h>

static bool everywhere;
module_param(everywhere, bool, 0);
MODULE_PARM_DESC(everywhere, "Hang all processors, not only the one that loads it");

static void hang(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int __init wedge_init(void)
{
	pr_warn("wedge: hanging %s\n", everywhere ? "all processors" : "one processor");
	if (everywhere)
		smp_call_function(hang, NULL, 0);
	hang(NULL);
	return 0;
}
module_init(wedge_init);

MODULE_DESCRIPTION("Hangs processors");
MODULE_LICENSE("GPL");
