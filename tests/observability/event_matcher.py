"""EventBridge's matching of events, as LocalStack implements it.

Its engine is one file, which imports an exception from an interface that the package alone cannot
load.
"""

import json
import sys
from types import ModuleType
from typing import Any

_API = "localstack.aws.api.events"


def _load_engine() -> Any:
    api = ModuleType(_API)
    vars(api)["InvalidEventPatternException"] = type("InvalidEventPattern", (Exception,), {})
    sys.modules.setdefault(_API, api)
    from localstack.services.events import event_rule_engine

    return event_rule_engine


_ENGINE = _load_engine()


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether a rule with a pattern receives an event."""
    compiled = _ENGINE.EventPatternCompiler().compile_event_pattern(json.dumps(pattern))
    return bool(_ENGINE.EventRuleEngine().evaluate_pattern_on_event(compiled, json.dumps(event)))
