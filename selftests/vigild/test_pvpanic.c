// SPDX-License-Identifier: GPL-2.0
/* Where pvpanic-pci is, by answers to query-pci: QEMU's, and what is none. */
#include "scratch.h"

#include <stdio.h>

#include "pvpanic.h"

#define ID(device)	"\"id\": {\"device\": " #device ", \"vendor\": 6966}"
#define REGION(address)	"\"regions\": [{\"prefetch\": false, \"mem_type_64\": false, \"bar\": 0, " \
			"\"size\": 2, \"address\": " address ", \"type\": \"memory\"}]"
#define AT(address)	"{\"irq_pin\": 0, \"bus\": 0, \"qdev_id\": \"\", \"slot\": 1, " ID(17) \
			", \"function\": 0, " REGION(address) "}"
#define HOST_BRIDGE	"{\"slot\": 0, " ID(8) ", \"function\": 0, \"regions\": []}"
#define ROOT_PORT(devices)	"{\"pci_bridge\": {\"bus\": {\"number\": 0}, \"devices\": [" \
				devices "]}, " ID(12) ", " REGION("4269801472") "}"
#define BUS(devices)	"[{\"bus\": 0, \"devices\": [" HOST_BRIDGE ", " devices "]}]"

static uint64_t find(const char *text)
{
	struct json_object *o = json_tokener_parse(text);
	uint64_t found = pvpanic_find(o);

	print_message("%#llx: %s\n", (unsigned long long)found, text);
	json_object_put(o);
	return found;
}

static void finds_its_address(void **state)
{
	assert_int_equal(find(BUS(AT("4273987584"))), 0xfebfe000);
	assert_int_equal(find(BUS(ROOT_PORT(ROOT_PORT(AT("4263510016"))))), 0xfe200000);
	/* 64 bits, on a second bus. */
	assert_int_equal(find("[{\"devices\": []}, {\"devices\": [" AT("549755813888") "]}]"),
			 1ULL << 39);
	/* The first one that has an address. */
	assert_int_equal(find(BUS(AT("-1") ", " ROOT_PORT("") ", " AT("4096") ", " AT("8192"))),
			 4096);
}

static void waits_for_an_address(void **state)
{
	assert_int_equal(find(BUS(AT("-1"))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(ROOT_PORT(AT("-1")) ", " ROOT_PORT(""))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(AT("0"))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(AT("4503599627370496"))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(AT("18446744073709551615"))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(AT("\"4096\""))), PVPANIC_UNMAPPED);
	assert_int_equal(find(BUS(AT("4096.5"))), PVPANIC_UNMAPPED);
	assert_int_equal(find("[{\"devices\": [{" ID(17) "}]}]"), PVPANIC_UNMAPPED);
	assert_int_equal(find("[{\"devices\": [{" ID(17) ", \"regions\": [{\"bar\": 1, "
			      "\"address\": 4096}, 7, []]}]}]"), PVPANIC_UNMAPPED);
}

static void finds_none(void **state)
{
	static const char * const none[] = {
		"[]", "{}", "7", "\"pci\"", "null", "[[]]", "[7, null]", "[{}]",
		"[{\"devices\": {}}]", "[{\"devices\": null}]", "[{\"devices\": [7, [], null]}]",
		"[{\"devices\": [{\"id\": 17}]}]", "[{\"devices\": [{\"id\": {\"device\": 17}}]}]",
		"[{\"devices\": [{\"id\": {\"device\": \"17\", \"vendor\": 6966}}]}]",
		"[{\"devices\": [{\"pci_bridge\": []}, {\"pci_bridge\": {\"devices\": 1}}]}]",
		BUS(ROOT_PORT("")),
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_true(find(none[i]) == PVPANIC_NONE);
}

/* Bridges behind bridges: this many, and no more. */
static void goes_only_so_deep(void **state)
{
	for (int deep = 7; deep <= 8; deep++) {
		char text[4096], more[2048] = AT("4096");

		for (int i = 0; i < deep; i++) {
			snprintf(text, sizeof(text), "{\"pci_bridge\": {\"devices\": [%s]}}", more);
			memcpy(more, text, sizeof(more));
		}
		assert_true((size_t)snprintf(text, sizeof(text), "[{\"devices\": [%s]}]", more) <
			    sizeof(text));
		assert_true(find(text) == (deep == 7 ? 4096 : PVPANIC_NONE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_its_address),
		cmocka_unit_test(waits_for_an_address),
		cmocka_unit_test(finds_none),
		cmocka_unit_test(goes_only_so_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
