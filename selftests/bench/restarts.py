# SPDX-License-Identifier: GPL-2.0
"""From the death of a process to its next life, under vigild and under others."""

VIGILD = """
cluster bench { key-file = "/etc/vigil/key"  detect = 200ms  fence = notify }
node %(node)s { id = 1  address = {"10.0.0.1"} }
service vigild { run = "exec:/bench/victim vigild %(mib)s"  restart = "64 per 1s" }
"""
# Process 1 of namespaces of its own. Its log goes to a file, and no other unit is there.
SYSTEMD = """mkdir -p /etc/systemd/system /sys/fs/cgroup/systemd
cd /etc/systemd/system
printf '[Unit]\\nDefaultDependencies=no\\n' >default.target
for name in systemd-0 systemd; do
	printf '[Unit]\\nDefaultDependencies=no\\nStartLimitIntervalSec=0\\n' >$name.service
	printf '[Service]\\nExecStart=/bench/victim %s %s\\nRestart=always\\n' \
		$name "$MIB" >>$name.service
done
echo RestartSec=0 >>systemd-0.service
mkdir -p default.target.wants
for name in $NAMES; do ln -sf ../$name.service default.target.wants; done
echo $$ >/sys/fs/cgroup/systemd/cgroup.procs
export container=bench
exec unshare --fork --kill-child --pid --mount --cgroup --mount-proc sh -c '
	mount -t tmpfs none /run &&
	exec /usr/lib/systemd/systemd --system --log-target=console --show-status=no'
"""
SYSTEMD_NAMES = ("systemd-0", "systemd")
SUPERVISORS = {
    "vigild": "vigild",
    "pidfd": "pidfd + epoll",
    "systemd-0": "systemd, RestartSec=0",
    "systemd": "systemd, default (100 ms)",
}


class Restarts:
    """One series: victims of so many MiB under these supervisors, killed in turn."""

    def __init__(self, guest, names, rounds, mib=0):
        self.guest, self.names, self.rounds, self.mib = guest, list(names), rounds, mib
        self.samples = {}           # (name, what) -> [ns]

    def _start(self, name):
        guest, mib = self.guest, self.mib or ""
        if name == "vigild":
            guest.put("/etc/vigil/vigil.conf", VIGILD % {"node": guest.name, "mib": mib})
            return guest.spawn("exec vigild 2>&1", log="vigild.log")
        if name == "pidfd":
            return guest.spawn("exec /bench/pidfd pidfd /bench/victim pidfd %s" % mib)
        names = " ".join(n for n in self.names if n in SYSTEMD_NAMES)
        return guest.spawn("NAMES='%s' MIB='%s'\n%s" % (names, mib, SYSTEMD), log="systemd.log")

    def _line(self, text, _):
        words = text.split()
        if len(words) == 3:
            self.samples.setdefault((words[0], words[1]), []).append(int(words[2]))

    def run(self, timeout=120):
        """(name, what) -> [ns]. A supervisor that does not start is an error."""
        guest = self.guest
        driver = guest.spawn("exec /bench/deaths %d %s" % (self.rounds, " ".join(self.names)),
                             on_line=self._line)
        driver.wait_line("listening", 10)
        jobs = [self._start(name) for name in self.names
                if name != "systemd" or "systemd-0" not in self.names]
        try:
            if driver.wait(timeout):
                raise RuntimeError("deaths: %s" % bytes(driver.err).decode(errors="replace"))
        finally:
            if "vigild" in self.names:
                guest.run("vigil leave", timeout=30, check=False)
            for job in jobs:
                job.kill(9)
                job.wait(20)
            guest.run("vigil cluster del bench", timeout=30, check=False)
        return self.samples
