// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "log.h"
#include "witness.h"

static struct witness witness;
static const char *path = CONFIG_PATH;

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *data)
{
	struct config_error err;
	struct config *config;
	const char *what;

	sd_notify(0, "RELOADING=1");
	config = config_load(path, NULL, &err);
	what = config ? witness_reload(&witness, config) : NULL;
	if (!config)
		log_error("reload: %s; the old configuration stays", err.text);
	else if (what)
		log_error("reload: %s: %s cannot change while the witness runs: restart it", path,
			  what);
	else
		log_note("reload: %s is in force", path);
	if (what)
		config_free(config);
	sd_notify(0, "READY=1");
	return 0;
}

static int on_report(sd_event_source *source, const struct signalfd_siginfo *si, void *data)
{
	witness_report(&witness);
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *data)
{
	log_note("ending");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int add_signals(sd_event *event)
{
	static const struct {
		int signal;
		sd_event_signal_handler_t handler;
	} signals[] = {
		{ SIGHUP, on_hangup }, { SIGUSR1, on_report },
		{ SIGINT, on_terminate }, { SIGTERM, on_terminate },
	};
	sigset_t set;
	int rc = 0;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i].signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(signals) && rc >= 0; i++)
		rc = sd_event_add_signal(event, NULL, signals[i].signal, signals[i].handler, NULL);
	return rc;
}

/* A late vote is a late failover: neither the work of others nor a page fault shall cause it. */
static void be_prompt(void)
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		log_info("no real-time priority: %s", strerror(errno));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		log_warn("cannot lock memory: %s", strerror(errno));
}

/* Keys are in memory. */
static void keep_secrets(void)
{
	struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
}

static int run(struct config *config)
{
	sd_event *event = NULL;
	int rc = sd_event_default(&event);

	if (rc >= 0)
		rc = add_signals(event);
	if (rc >= 0)
		rc = sd_event_set_watchdog(event, true);
	if (rc < 0) {
		log_error("event loop: %s", strerror(-rc));
		config_free(config);
		return rc;
	}
	rc = witness_open(&witness, config, event);
	if (!rc) {
		be_prompt();
		sd_notify(0, "READY=1");
		rc = sd_event_loop(event);
	}
	witness_close(&witness);
	sd_event_unref(event);
	return rc;
}

static int usage(FILE *out, int rc)
{
	fprintf(out, "usage: vigil-witness [-c FILE] [-t] [-d]\n"
		"  -c FILE  configuration, instead of " CONFIG_PATH "\n"
		"  -t       check it, say what is wrong, and end\n"
		"  -d       log more\n"
		"  -h       this text\n");
	return rc;
}

int main(int argc, char **argv)
{
	bool check = false, debug = false;
	struct config_error err;
	struct config *config;
	int opt, rc = 0;

	while ((opt = getopt(argc, argv, "c:tdh")) != -1) {
		if (opt == 'c')
			path = optarg;
		else if (opt == 't')
			check = true;
		else if (opt == 'd')
			debug = true;
		else
			return usage(opt == 'h' ? stdout : stderr, opt == 'h' ? 0 : 2);
	}
	if (optind < argc)
		return usage(stderr, 2);
	log_begin(debug);
	keep_secrets();
	config = config_load(path, NULL, &err);
	if (!config) {
		if (check)
			fprintf(stderr, "%s\n", err.text);
		else
			log_error("%s", err.text);
		return EXIT_FAILURE;
	}
	if (check)
		config_free(config);
	else
		rc = run(config);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
