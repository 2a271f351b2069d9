"""cfn-lint. Its rules are loaded once per process, for the first template."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfnlint.match import Match
    from cfnlint.runner import Runner


def data_of_cfn_lint() -> Path:
    """The folder with its data, which takes no second to import."""
    package = find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data"


def lint(text: str, *regions: str) -> "list[Match]":
    """What cfn-lint says of a template in some regions; a finding does not say its region."""
    from cfnlint.decode.decode import decode_str

    template, errors = decode_str(text)
    return errors or list(_runner(*regions).validate_template(template))


@cache
def _runner(*regions: str) -> "Runner":
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(regions=list(regions)))
