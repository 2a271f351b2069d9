"""Name, version and documentation of this library in reports."""

PACKAGE = "hyperpod-constructs"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod.html"
"""Address of the documentation if the package metadata has no project URL."""


def package_version() -> str:
    """Installed version; `0.0.0` if the library has no package metadata."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow

    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "0.0.0"


def documentation_url(page: str, anchor: str = "") -> str:
    """URL of a page of the documentation, such as `docs/rules.md`.

    The user guide of HyperPod, as long as the package does not name a URL of its project.
    """
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - slow

    try:
        urls = metadata(PACKAGE).get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    if not urls:
        return _GUIDE
    home = urls[0].partition(", ")[2].rstrip("/")
    return f"{home}/{page}" + (f"#{anchor}" if anchor else "")
