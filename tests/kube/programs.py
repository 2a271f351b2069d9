"""The programs of a control plane of Kubernetes: compiled once from the sources of Debian, which has no binaries.

They are those of version 1.20, older than any version of EKS: custom resources, RBAC, the Node authorizer
and server-side apply are there, later fields and defaults are not.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.debian_packages import apt_of

CACHE = Path("/var/cache/hyperpod-kube")
RELEASE = "bookworm"
VERSION = "v1.20.2"
SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
_GO = "1.19"
_PACKAGES = (
    *(f"golang-{_GO}-go", f"golang-{_GO}-src", "etcd-server"),
    "golang-github-modern-go-reflect2-dev",
)
_REFLECTION = "github.com/modern-go/reflect2"
_TOOLS = {"dpkg-source": "dpkg-dev", "unshare": "util-linux"}
_GENERATED = "pkg/generated/openapi"
_LEFT_OUT = ("sample-apiserver", "code-generator", "/testdata")


def path() -> Path:
    """The folder of the programs; its name is the digest of what they are made of."""
    parts = "\n".join([RELEASE, VERSION, *SERVERS, *_PACKAGES, *_LEFT_OUT])
    return CACHE / hashlib.sha256(parts.encode()).hexdigest()[:16]


def build() -> Path:
    """Compiles the programs unless they are there, and returns their folder."""
    if missing := {package for tool, package in _TOOLS.items() if not shutil.which(tool)}:
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *sorted(missing))
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = path()
        if not made.exists():
            for old in CACHE.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            print("Compiling Kubernetes, once: five to ten minutes.", flush=True)  # noqa: T201
            with tempfile.TemporaryDirectory(dir=CACHE) as name:
                folder = Path(name)
                _download(folder)
                _compile(folder)
                (folder / "bin").rename(made)
    return made


def _download(folder: Path) -> None:
    """The packages of the compiler and of etcd, and the sources, without installing anything."""
    apt = apt_of(folder, RELEASE, "deb", "deb-src")
    _run(*apt, "update")
    _run(*apt, "download", *_PACKAGES, cwd=folder)
    _run(*apt, "source", "--download-only", "kubernetes", cwd=folder)
    for package in folder.glob("*.deb"):
        _run("dpkg-deb", "--extract", str(package), str(folder / "x"))


def _compile(folder: Path) -> None:
    """Vendored sources need no network; the specification of the API is generated first."""
    sources = folder / "go/src/k8s.io/kubernetes"
    sources.parent.mkdir(parents=True)
    (description,) = folder.glob("kubernetes_*.dsc")
    _run("dpkg-source", "--no-check", "--extract", str(description), str(sources))
    # The vendored version reads maps as Go 1.17 lays them out, and the server ends with a fault.
    vendored = sources / "vendor" / _REFLECTION
    shutil.rmtree(vendored)
    ignored = shutil.ignore_patterns("*_test.go")
    shutil.copytree(folder / "x/usr/share/gocode/src" / _REFLECTION, vendored, ignore=ignored)
    root = folder / f"x/usr/lib/go-{_GO}"
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(folder / "go"),
        "GOROOT": str(root),
        "PATH": f"{root / 'bin'}:{os.environ['PATH']}",
    }

    def go(*arguments: str) -> None:
        _run("nice", "go", "build", *arguments, cwd=sources, env=environment)

    binaries = folder / "bin"
    binaries.mkdir()
    generator = folder / "openapi-gen"
    go("-o", str(generator), "./vendor/k8s.io/kube-openapi/cmd/openapi-gen")
    _run(
        str(generator),
        *("-i", ",".join(_described(sources)), "-p", f"k8s.io/kubernetes/{_GENERATED}"),
        *("-O", "zz_generated.openapi", "--output-base", str(folder / "go/src")),
        *("-h", "vendor/k8s.io/code-generator/hack/boilerplate.go.txt", "-r", os.devnull),
        cwd=sources,
        env=environment,
    )
    stamps = [
        f"-X k8s.io/kubernetes/vendor/k8s.io/{package}/version.{name}={value}"
        for package in ("component-base", "client-go/pkg")
        for name, value in (("gitVersion", VERSION), ("gitMajor", "1"), ("gitMinor", "20"))
    ]
    flags = " ".join(["-s", "-w", *stamps])
    go("-ldflags", flags, "-o", f"{binaries}/", *(f"./cmd/{name}" for name in SERVERS))
    shutil.copy(folder / "x/usr/bin/etcd", binaries)


def _described(sources: Path) -> list[str]:
    """The packages whose types are in the specification of the API."""
    listed = subprocess.run(
        [
            "/usr/bin/env",
            "grep",
            "-rl",
            "-e",
            "+k8s:openapi-gen=",
            "--include=*.go",
            "cmd",
            "pkg",
            "staging",
        ],
        cwd=sources,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    folders = sorted({str(Path(name).parent) for name in listed.split()})
    vendored = "k8s.io/kubernetes/vendor/"
    return [
        f"{vendored}{name.removeprefix('staging/src/')}"
        if name.startswith("staging/src/")
        else f"k8s.io/kubernetes/{name}"
        for name in folders
        if not any(part in name for part in _LEFT_OUT)
    ]


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)[:200]}: {done.stdout[-3000:]}")


if __name__ == "__main__":
    build()
