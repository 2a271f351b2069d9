"""The name and version of this library, as reports show them."""

from importlib.metadata import PackageNotFoundError, version

PACKAGE = "hyperpod-constructs"


def package_version() -> str:
    """The version that is installed; `0.0.0` where the library was copied without its metadata."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "0.0.0"
