"""cfn-lint, whose rules are loaded once for all templates."""

from functools import cache

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.match import Match
from cfnlint.runner import Runner


def lint(text: str, *regions: str) -> list[Match]:
    """What cfn-lint says of a template in some regions; a finding does not say its region."""
    template, errors = decode_str(text)
    return errors or list(_runner(*regions).validate_template(template))


@cache
def _runner(*regions: str) -> Runner:
    return Runner(ConfigMixIn(regions=list(regions)))
