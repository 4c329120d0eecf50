"""Where the fork server's process begins: settings, then torch, then forks.

Started by `grader.sandbox.server` with the control socket's descriptor as its only argument. No
secret reaches this process: not in its environment, arguments, memory or open files.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys

from grader.sandbox import kernel, namespaces, sweep
from grader.sandbox.confinement import LinuxConfinement, Settings
from grader.worker import forkserver

_SETTINGS_BYTES = 2**20


def main() -> None:
    """Serve the judge until it closes the control socket or dies."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    settings = Settings.of(json.loads(control.recv(_SETTINGS_BYTES)))
    kernel.set_dumpable(dumpable=False)
    sweep.adopt_orphans()
    kernel.prctl("parent death signal", kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if settings.open_ways:
        namespaces.open_ways((*settings.read, *settings.devices))  # bubblewrap has done it otherwise
    forkserver.warm_up(settings.warm)
    from grader.worker.serving import serve

    control.sendall(json.dumps({"ready": os.getpid()}).encode())
    forkserver.ForkServer(control, LinuxConfinement(settings), serve).run()
    if settings.scratch is not None:
        shutil.rmtree(settings.scratch, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
