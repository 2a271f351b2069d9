"""A program that holds the lock of apt until it is terminated."""

HOLD = """
import fcntl, pathlib, time
files = [open(f"/var/lib/dpkg/{name}", "w") for name in ("lock-frontend", "lock")]
for file in files:
    fcntl.lockf(file, fcntl.LOCK_EX)
pathlib.Path("/run/held").touch()
while not pathlib.Path("/run/free").exists():
    time.sleep(0.1)
"""
