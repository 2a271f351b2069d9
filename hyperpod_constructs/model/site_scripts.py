"""Scripts of an overlay, which the default lifecycle scripts run from folders of certain names."""

from collections.abc import Collection, Iterator
from pathlib import Path

from .likely_word import likely_word
from .problem import Problem, Severity

RUNNER = "run_site_scripts.sh"
"""The default script that runs those in `site`."""

_SITE = "site"
_FOLDERS = (_SITE, "prolog.d", "epilog.d")


def site_script_problems(path: str, overlay: Path, names: Collection[str]) -> Iterator[Problem]:
    """Only scripts in `site`, `prolog.d` and `epilog.d` are run.

    Args:
        path: Path of the argument.
        overlay: Folder of the overlay.
        names: Names of its files, relative to the folder.
    """
    if overlay.name in _FOLDERS:
        yield _never_run(
            path, overlay, f"is the folder {overlay.name}", "pass the folder around it"
        )
    for folder in sorted({name.split("/")[0] for name in names if "/" in name} - {*_FOLDERS}):
        meant = likely_word(folder.lower(), _FOLDERS)
        if meant:
            yield _never_run(
                path, overlay / folder, f"looks like {meant}", f"rename it to {meant!r}"
            )
    in_site = [name for name in names if name.startswith(f"{_SITE}/")]
    if in_site and not any(name.count("/") == 1 and name.endswith(".sh") for name in in_site):
        yield _never_run(
            path, overlay / _SITE, "has no file of the form site/*.sh", "rename the scripts"
        )


def _never_run(path: str, folder: Path, message: str, fix: str) -> Problem:
    """Only scripts in `site`, `prolog.d` and `epilog.d` of the overlay are run."""
    return Problem(
        code="OverlayFolder",
        path=path,
        value=folder.as_posix(),
        message=f"{message}, and nodes would not run the scripts in it",
        fix=fix,
        severity=Severity.WARNING,
    )
