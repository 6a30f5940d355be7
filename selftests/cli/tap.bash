# SPDX-License-Identifier: GPL-2.0
#
# Words for the tests. Sourced; a test ends with "finish".
#
#	run [ARGUMENT...]          run vigil, a minute at most; fills $out, $err, $code. Its stdin is the
#	                           file $input, or nothing
#	is CODE WHAT               its exit code was CODE
#	says PATTERN WHAT          standard output matches the extended regex
#	complains PATTERN WHAT     standard error does, and standard output is empty
#	silent WHAT                nothing on standard error
#	check WHAT COMMAND...      the command succeeds
#	skip WHAT WHY

set -euo pipefail

VIGIL=${VIGIL:?the program to test}
count=0
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

run()
{
	code=0
	timeout 60 "$VIGIL" "$@" >"$scratch/out" 2>"$scratch/err" <"${input:-/dev/null}" || code=$?
	out=$(<"$scratch/out")
	err=$(<"$scratch/err")
	last="vigil $*"
}

report()
{
	local ok=$1 what=$2
	count=$((count + 1))
	if [ "$ok" = 0 ]; then
		echo "ok $count - $what"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $count - $what"
	printf '%s\n' "command: $last" "exit code: $code" "stdout: $out" "stderr: $err" |
		sed 's/^/#   /'
}

is()
{
	local rc=0
	[ "$code" = "$1" ] || rc=1
	report $rc "$2"
}

says()
{
	local rc=0
	[[ $out =~ $1 ]] || rc=1
	report $rc "$2"
}

complains()
{
	local rc=0
	[[ $err =~ $1 && -z $out ]] || rc=1
	report $rc "$2"
}

silent()
{
	local rc=0
	[ -z "$err" ] || rc=1
	report $rc "$1"
}

check()
{
	local what=$1 rc=0
	shift
	"$@" >/dev/null 2>&1 || rc=1
	report $rc "$what"
}

skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

finish()
{
	echo "1..$count"
	[ $failures -eq 0 ]
}
