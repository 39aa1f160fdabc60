"""Lays Memoir's programs into a rented machine, and says how they are run there. `FILES`, texts by path, comes before it."""

import json
import os
import subprocess
import sys
import tempfile

folder = tempfile.mkdtemp(prefix="memoir.", dir=os.environ.get("TMPDIR") or "/var/tmp")
os.chmod(folder, 0o755)
workers = os.path.join(folder, "workers")
room = os.path.join(folder, "room")
os.mkdir(room)
for path, text in FILES.items():  # noqa: F821
    target = os.path.join(workers, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w") as file:
        file.write(text)

python = os.path.realpath(sys.executable)
prefix = sys.base_prefix
readable = [workers, *([] if prefix.startswith("/usr") else [prefix])]
jail = [
    *"unshare --mount --net --pid --ipc --uts --fork --kill-child --propagation private /bin/sh".split(),
    *(os.path.join(workers, "jail.sh"), room, *readable, "--"),
    *"setpriv --reuid {user} --regid {user} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs --pdeathsig KILL".split(),
    *"prlimit --core=0 --nofile=256 --fsize=33554432 --nproc=64".split(),
]
try:
    probe = [*(part.replace("{user}", "2000000") for part in jail), python, "-I", "-c", "pass"]
    jailed = subprocess.run(probe, capture_output=True, timeout=20).returncode == 0
except (OSError, subprocess.SubprocessError):
    jailed = False
command = [python, "-I", "-u", os.path.join(workers, "local.py"), workers, "lines"]
print(json.dumps({"memoir": "ready", "jail": jail if jailed else None, "command": command}))
