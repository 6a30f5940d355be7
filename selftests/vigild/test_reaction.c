// SPDX-License-Identifier: GPL-2.0
/* What follows from what a watch has seen. */
#include "scratch.h"

#include <linux/vigil.h>

#include "reaction.h"

#define ALIVE	VIGIL_WATCH_STATE_ALIVE
#define DYING	VIGIL_WATCH_STATE_DYING
#define DEAD	VIGIL_WATCH_STATE_DEAD
#define STOPPED	VIGIL_WATCH_STATE_STOPPED
#define HUNG	VIGIL_WATCH_STATE_HUNG
#define S	1000000000ULL
#define CAUSE(name)	VIGIL_WATCH_CAUSE_##name

/* An exec or an agent's service that is to be restarted when it hangs; and one that is not. */
struct row {
	__u32 from, to, cause;
	enum reaction exec, ocf, report;
};

static const struct row processes[] = {
	{ ALIVE, DYING, CAUSE(SIGNAL), REACTION_CLEAR, REACTION_NONE, REACTION_CLEAR },
	{ ALIVE, DYING, CAUSE(OOM), REACTION_CLEAR, REACTION_NONE, REACTION_CLEAR },
	{ STOPPED, DYING, CAUSE(EXIT), REACTION_CLEAR, REACTION_NONE, REACTION_CLEAR },
	{ DYING, DEAD, CAUSE(EXIT), REACTION_ENDED, REACTION_CHECK, REACTION_ENDED },
	{ ALIVE, DEAD, CAUSE(GONE), REACTION_ENDED, REACTION_CHECK, REACTION_ENDED },
	{ HUNG, DEAD, CAUSE(SIGNAL), REACTION_ENDED, REACTION_CHECK, REACTION_ENDED },
	{ ALIVE, HUNG, CAUSE(NO_PROGRESS), REACTION_RESTART, REACTION_RESTART, REACTION_NONE },
	{ STOPPED, HUNG, CAUSE(NO_PROGRESS), REACTION_RESTART, REACTION_RESTART, REACTION_NONE },
	{ ALIVE, HUNG, CAUSE(BLOCKED), REACTION_RESTART, REACTION_RESTART, REACTION_NONE },
	{ ALIVE, STOPPED, CAUSE(STOP), REACTION_NONE, REACTION_NONE, REACTION_NONE },
	{ STOPPED, ALIVE, CAUSE(CONTINUE), REACTION_NONE, REACTION_NONE, REACTION_NONE },
	{ HUNG, ALIVE, CAUSE(PROGRESS), REACTION_NONE, REACTION_NONE, REACTION_NONE },
	{ ALIVE, ALIVE, CAUSE(THREAD), REACTION_NONE, REACTION_NONE, REACTION_NONE },
	{ DEAD, DEAD, CAUSE(SIGNAL), REACTION_NONE, REACTION_NONE, REACTION_NONE },
	{ ALIVE, 99, CAUSE(NONE), REACTION_NONE, REACTION_NONE, REACTION_NONE },
};

static void of_processes(void **state)
{
	struct config_service exec = { .class = CONFIG_EXEC, .on_hang = CONFIG_RESTART };
	struct config_service ocf = { .class = CONFIG_OCF, .on_hang = CONFIG_RESTART };
	struct config_service report = { .class = CONFIG_EXEC, .on_hang = CONFIG_REPORT };

	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		const struct row *r = &processes[i];

		print_message("row %zu\n", i);
		assert_int_equal(reaction(&exec, r->from, r->to, r->cause), r->exec);
		assert_int_equal(reaction(&ocf, r->from, r->to, r->cause), r->ocf);
		assert_int_equal(reaction(&report, r->from, r->to, r->cause), r->report);
	}
	exec.progress = report.progress = S;
	assert_int_equal(reaction(&exec, ALIVE, STOPPED, CAUSE(STOP)), REACTION_AWAIT_CONTINUE);
	assert_int_equal(reaction(&report, ALIVE, STOPPED, CAUSE(STOP)), REACTION_NONE);
	ocf.class = CONFIG_EXEC_COMMANDS;
	assert_int_equal(reaction(&ocf, ALIVE, DEAD, CAUSE(EXIT)), REACTION_CHECK);
}

static void of_guests(void **state)
{
	struct config_service vm = { .class = CONFIG_VM, .progress = S };

	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(SIGNAL)), REACTION_CLEAR);
	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(PVPANIC)), REACTION_RESTART);
	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(GUEST_CRASH)), REACTION_RESTART);
	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(TRIPLE_FAULT)), REACTION_AWAIT_RESET);
	assert_int_equal(reaction(&vm, DYING, ALIVE, CAUSE(GUEST_RESET)), REACTION_NONE);
	assert_int_equal(reaction(&vm, DYING, DEAD, CAUSE(EXIT)), REACTION_ENDED);
	assert_int_equal(reaction(&vm, ALIVE, HUNG, CAUSE(GUEST_HANG)), REACTION_RESTART);
	assert_int_equal(reaction(&vm, ALIVE, HUNG, CAUSE(VCPU)), REACTION_RESTART);
	assert_int_equal(reaction(&vm, ALIVE, STOPPED, CAUSE(STOP)), REACTION_NONE);

	vm.on_panic = CONFIG_REPORT;
	vm.on_hang = CONFIG_REPORT;
	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(PVPANIC)), REACTION_NONE);
	assert_int_equal(reaction(&vm, ALIVE, DYING, CAUSE(TRIPLE_FAULT)), REACTION_NONE);
	assert_int_equal(reaction(&vm, ALIVE, HUNG, CAUSE(GUEST_HANG)), REACTION_NONE);
	assert_int_equal(reaction(&vm, DYING, DEAD, CAUSE(EXIT)), REACTION_ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_processes),
		cmocka_unit_test(of_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
