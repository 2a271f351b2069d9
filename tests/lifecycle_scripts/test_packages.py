import pytest

from .conftest import PretendNode

OPTIONS = "--quiet -o DPkg::Lock::Timeout=600"
UPDATE = f"apt-get {OPTIONS} update"


def install(names: str) -> str:
    return f"apt-get {OPTIONS} --yes --no-install-recommends install {names}"


def test_missing_packages_are_installed(node: PretendNode) -> None:
    node.note("installed", "curl\n")

    assert node.run("install_packages.sh", "curl", "gcc", "make").returncode == 0

    assert node.calls("dpkg", "apt-get") == [
        "dpkg --configure --pending",
        UPDATE,
        install("gcc make"),
    ]


def test_nothing_is_asked_when_nothing_is_missing(node: PretendNode) -> None:
    node.note("installed", "curl\ngcc\n")

    assert node.run("install_packages.sh", "curl", "gcc").returncode == 0
    assert node.calls("dpkg", "apt-get") == []


def test_apt_asks_nobody(node: PretendNode) -> None:
    node.replace("apt-get", 'echo "$DEBIAN_FRONTEND"')

    assert node.run("install_packages.sh", "gcc").stdout == "noninteractive\nnoninteractive\n"


def test_lock_is_waited_for_as_long_as_anything(node: PretendNode) -> None:
    node.run("install_packages.sh", "gcc", HYPERPOD_WAIT_SECONDS="7")

    assert node.calls("apt-get")[0] == "apt-get --quiet -o DPkg::Lock::Timeout=7 update"


def test_installation_is_tried_again(node: PretendNode) -> None:
    node.note("apt-refusals", "\n\n")

    result = node.run("install_packages.sh", "gcc")

    assert (result.returncode, result.stdout.splitlines()) == (
        0,
        ["E: Could not get lock"] * 2 + [""],
    )
    assert node.calls("sleep", "apt-get") == [
        *(UPDATE, "sleep 5", UPDATE, "sleep 5"),
        *(UPDATE, install("gcc")),
    ]


def test_installation_that_never_works_gives_the_reason_of_apt(node: PretendNode) -> None:
    node.replace("apt-get", "echo 'E: Unable to locate package gcc' >&2; echo 'W: old'; exit 100")

    result = node.run("install_packages.sh", "gcc", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == (
        "gcc could not be installed (tried for 0 s): E: Unable to locate package gcc"
    )


@pytest.mark.parametrize(("refusals", "sleeps"), [("", 0), ("\n\n", 2)])
def test_file_is_fetched(node: PretendNode, refusals: str, sleeps: int) -> None:
    node.note("curl-refusals", refusals)
    target = node.root / "var" / "cache" / "a.deb"

    result = node.run("fetch.sh", "https://example.com/a.deb", str(target))

    assert (result.returncode, result.stdout) == (0, "")
    assert target.read_text() == "https://example.com/a.deb\n"
    assert len(node.calls("sleep")) == sleeps
    assert list(target.parent.iterdir()) == [target]


def test_file_that_cannot_be_fetched(node: PretendNode) -> None:
    node.note("curl-refusals", "\n" * 9)
    target = node.root / "a.deb"

    result = node.run("fetch.sh", "https://a.b/c", str(target), HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        "https://a.b/c cannot be fetched (tried for 0 s): curl: (6) Could not resolve host\n",
    )
    assert not target.exists()
