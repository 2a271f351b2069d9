"""Files that scripts and programs of a node write."""

from .host import Host

FOLDERS = "/etc /opt /home /root /usr/local /var/lib/systemd /fsx"


def files_of(host: Host, folders: str = FOLDERS) -> dict[str, str]:
    """Mode, owner and content of what can be configured."""
    listing = host.run(
        f"find {folders} -xdev ! -type f -printf '%p\\t%m %u %g %l\\n' -o -printf '%p\\t%m %u %g ' "
        "-exec sh -c 'sha256sum < \"$1\"' sh {} \\;"
    )
    return dict(line.split("\t", 1) for line in listing.splitlines())
