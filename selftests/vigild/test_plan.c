// SPDX-License-Identifier: GPL-2.0
/* Where services are placed, for what is known; and the budget of restarts. */
#include "scratch.h"

#include "budget.h"
#include "plan.h"

#define S	1000000000ULL
#define NODES	"cluster c { key-file = \"KEY\" }\n" \
	"node a { id = 1 address = {\"10.0.0.1\"} }\n" \
	"node b { id = 2 address = {\"10.0.0.2\"} }\n" \
	"node c { id = 3 address = {\"10.0.0.3\"} }\n" \
	"node w { id = 4 address = {\"10.0.0.4\"} voter = false }\n"
#define WITNESS	"cluster c { key-file = \"KEY\" }\n" \
	"node a { id = 1 address = {\"10.0.0.1\"} witness = true }\n" \
	"node b { id = 2 address = {\"10.0.0.2\"} }\n" \
	"node c { id = 3 address = {\"10.0.0.3\"} }\n"

enum { A, B, C, W };

/* A world in which every node is up and ready, and nothing runs. */
static struct {
	struct config *config;
	struct plan_node node[4];
	struct plan_local local[8 * 4];
	uint16_t before[8];
	uint16_t target[8];
	struct plan_facts facts;
} w;

static void world(const char *text)
{
	config_free(w.config);
	memset(&w, 0, sizeof(w));
	w.config = scratch_good(text, "b");
	assert_true(w.config->n_nodes <= 4 && w.config->n_services <= 8);
	for (int n = 0; n < 4; n++)
		w.node[n] = (struct plan_node){ .up = true, .ready = true };
	for (int s = 0; s < 8; s++)
		w.before[s] = PLAN_NOWHERE;
	w.facts = (struct plan_facts){
		.now = 1000 * S, .settled = true,
		.node = w.node, .local = w.local, .before = w.before,
	};
}

static struct plan_local *local(unsigned int s, unsigned int n)
{
	return &w.local[s * w.config->n_nodes + n];
}

static uint64_t decide(void)
{
	return plan(w.config, &w.facts, w.target);
}

static int forget(void **state)
{
	config_free(w.config);
	w.config = NULL;
	return 0;
}

static void follows_preference(void **state)
{
	world(NODES "service s { run = \"exec:x\" nodes = {\"c\", \"b\"} }\n");
	decide();
	assert_int_equal(w.target[0], C);
	w.node[C].up = false;
	decide();
	assert_int_equal(w.target[0], B);
	w.node[B].ready = false;	/* no daemon: nothing new goes there */
	decide();
	assert_int_equal(w.target[0], A);
}

static void spreads_the_load(void **state)
{
	world(NODES "service s { run = \"exec:x\" }\nservice t { run = \"exec:x\" }\n"
	      "service u { run = \"exec:x\" }\nservice v { run = \"exec:x\" }\n"
	      "service x { run = \"exec:x\" }\n");
	local(4, A)->state = PLAN_RUNNING;
	decide();
	assert_int_equal(w.target[4], A);
	assert_int_equal(w.target[0], B);
	assert_int_equal(w.target[1], C);
	assert_int_equal(w.target[2], W);
	assert_int_equal(w.target[3], A);
}

static void stays_where_it_runs(void **state)
{
	world(NODES "service s { run = \"exec:x\" nodes = {\"a\"} }\n");
	local(0, B)->state = PLAN_RUNNING;
	decide();
	assert_int_equal(w.target[0], B);
	w.node[B].ready = false;	/* its daemon is gone; the service is not */
	decide();
	assert_int_equal(w.target[0], B);
	w.node[B].up = false;
	decide();
	assert_int_equal(w.target[0], A);
	/* Back before it was proved dead: it still runs there. */
	w.node[B].up = true;
	w.before[0] = A;
	local(0, A)->state = PLAN_WAITING;
	decide();
	assert_int_equal(w.target[0], B);
}

static void stays_where_it_was_placed(void **state)
{
	world(NODES "service s { run = \"exec:x\" nodes = {\"a\"} }\n");
	w.before[0] = C;
	decide();
	assert_int_equal(w.target[0], C);
}

static void suspects_come_last(void **state)
{
	world(NODES "service s { run = \"exec:x\" nodes = {\"b\", \"c\"} }\n"
	      "service t { run = \"exec:x\" }\n");
	w.node[A].suspect = w.node[B].suspect = true;
	decide();
	assert_int_equal(w.target[0], C);
	assert_int_equal(w.target[1], W);	/* although A has the lowest id */
	/* Nothing moves for that. */
	local(0, B)->state = PLAN_RUNNING;
	w.before[1] = A;
	decide();
	assert_int_equal(w.target[0], B);
	assert_int_equal(w.target[1], A);
	/* Better there than nowhere. */
	world(NODES "service s { run = \"exec:x\" }\n");
	w.node[A].up = w.node[C].up = w.node[W].up = false;
	w.node[B].suspect = true;
	decide();
	assert_int_equal(w.target[0], B);
}

static void group_goes_together(void **state)
{
	world(NODES "service ip { run = \"exec:x\" nodes = {\"b\"} }\n"
	      "service web { run = \"exec:x\" with = {\"ip\"} nodes = {\"c\"} }\n"
	      "service lone { run = \"exec:x\" }\n");
	decide();
	assert_int_equal(w.target[0], B);
	assert_int_equal(w.target[1], B);
	local(1, B)->avoid_until = w.facts.now + 7 * S;
	assert_int_equal(decide(), w.facts.now + 7 * S);
	assert_int_not_equal(w.target[0], B);
	assert_int_equal(w.target[0], w.target[1]);
	/* The time is over. */
	w.facts.now += 7 * S;
	assert_true(decide() == UINT64_MAX);
	assert_int_equal(w.target[0], B);
}

static void more_of_a_group_counts(void **state)
{
	world(NODES "service a { run = \"exec:x\" }\nservice b { run = \"exec:x\" with = {\"a\"} }\n"
	      "service c { run = \"exec:x\" with = {\"b\"} }\n");
	local(0, B)->state = PLAN_RUNNING;
	local(1, C)->state = PLAN_RUNNING;
	local(2, C)->state = PLAN_STARTING;
	decide();
	for (int s = 0; s < 3; s++)
		assert_int_equal(w.target[s], C);
}

static void leaving_and_failed_everywhere(void **state)
{
	world(NODES "service s { run = \"exec:x\" }\n");
	local(0, A)->state = PLAN_RUNNING;
	w.node[A].leaving = true;
	decide();
	assert_int_equal(w.target[0], B);
	for (int n = 0; n < 4; n++)
		local(0, n)->avoid_until = w.facts.now + (n + 1) * S;
	assert_int_equal(decide(), w.facts.now + 2 * S);	/* A leaves, it does not count */
	assert_int_equal(w.target[0], PLAN_NOWHERE);
}

static void witness_runs_nothing(void **state)
{
	world(WITNESS "service s { run = \"exec:x\" }\nservice t { run = \"exec:x\" }\n"
	      "service u { run = \"exec:x\" }\n");
	decide();
	for (int s = 0; s < 3; s++)
		assert_int_not_equal(w.target[s], A);
	w.node[B].up = w.node[C].up = false;
	decide();
	assert_int_equal(w.target[0], PLAN_NOWHERE);
}

static void unsettled_places_only_what_runs(void **state)
{
	world(NODES "service s { run = \"exec:x\" }\nservice t { run = \"exec:x\" }\n");
	w.facts.settled = false;
	local(1, C)->state = PLAN_RUNNING;
	decide();
	assert_int_equal(w.target[0], PLAN_NOWHERE);
	assert_int_equal(w.target[1], C);
}

static void budget_slides(void **state)
{
	struct budget b = { 0 };

	assert_true(budget_take(&b, 3, 60 * S, 0 * S));
	assert_true(budget_take(&b, 3, 60 * S, 10 * S));
	assert_true(budget_take(&b, 3, 60 * S, 20 * S));
	assert_false(budget_take(&b, 3, 60 * S, 59 * S));
	assert_int_equal(budget_used(&b, 60 * S, 59 * S), 3);
	assert_true(budget_take(&b, 3, 60 * S, 60 * S));	/* the first is out of the window */
	assert_false(budget_take(&b, 3, 60 * S, 69 * S));
	assert_true(budget_take(&b, 3, 60 * S, 70 * S));
	assert_int_equal(budget_used(&b, 60 * S, 1000 * S), 0);
}

static void budget_of_none_and_of_many(void **state)
{
	struct budget b = { 0 };

	assert_false(budget_take(&b, 0, 60 * S, 1));
	for (int i = 0; i < BUDGET_MAX; i++)
		assert_true(budget_take(&b, 1000, 60 * S, 1));
	assert_false(budget_take(&b, 1000, 60 * S, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(follows_preference, forget),
		cmocka_unit_test_teardown(spreads_the_load, forget),
		cmocka_unit_test_teardown(stays_where_it_runs, forget),
		cmocka_unit_test_teardown(stays_where_it_was_placed, forget),
		cmocka_unit_test_teardown(group_goes_together, forget),
		cmocka_unit_test_teardown(more_of_a_group_counts, forget),
		cmocka_unit_test_teardown(suspects_come_last, forget),
		cmocka_unit_test_teardown(leaving_and_failed_everywhere, forget),
		cmocka_unit_test_teardown(witness_runs_nothing, forget),
		cmocka_unit_test_teardown(unsettled_places_only_what_runs, forget),
		cmocka_unit_test(budget_slides),
		cmocka_unit_test(budget_of_none_and_of_many),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
