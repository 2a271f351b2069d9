"""What holds for every cluster."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import settings

import hyperpod_constructs as hp
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.rules.queries import AnyGroup

from .second_opinions import api_problems, engine_problems, lint_problems, template_of

BATCH = 200


class Verdicts:
    """Judges clusters one by one, and remembers those that were accepted.

    Attributes:
        counts: How many were accepted, and how many were refused.
        templates: The properties of those that were accepted.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.templates: list[Any] = []

    def judge(self, model: hp.ClusterModel, *, exact: bool) -> None:
        """An accepted cluster is one that others accept, and comes back from its request."""
        errors = [each for each in model.problems() if each.severity is hp.Severity.ERROR]
        if errors:
            self.counts["refused"] += 1
            for judgement in (model.check, model.to_request, model.to_cfn_properties):
                with pytest.raises(hp.ValidationError) as refused:
                    judgement()
                assert refused.value.problems == tuple(errors)
            return
        self.counts["accepted"] += 1
        if is_incomplete(model):
            with pytest.raises(hp.ValidationError, match="Missing"):
                model.to_request()
            return
        request = model.to_request()
        if not any(map(is_unresolved, leaves(request))):
            found = api_problems(request)
            assert found == [], "\n".join(found)
        again = hp.ClusterModel.from_request(request, provisioning_params=model.form())
        assert again == model or not exact
        assert again.to_request() == request
        same = hp.ClusterModel.from_request(request, provisioning_params=again.form())
        assert same == again
        self.templates.append(model.to_cfn_properties())

    def judge_templates(self) -> None:
        """What was accepted is accepted by the linters of templates.

        cfn-lint is slow, so `make test` shows it every eighth one.
        """
        step = 8 if settings().derandomize else 1
        for problems, templates in (
            (engine_problems, self.templates),
            (lint_problems, self.templates[::step]),
        ):
            for start in range(0, len(templates), BATCH):
                template = template_of(templates[start : start + BATCH])
                found = {problem.split()[0]: problem for problem in problems(template)}
                assert found == {}, "\n".join(found.values())


def is_incomplete(model: hp.ClusterModel) -> bool:
    """Whether it lacks what is judged without, and not written without."""
    groups: tuple[AnyGroup, ...] = (*model.instance_groups, *model.restricted_instance_groups)
    return (
        model.cluster_name is None
        or any(group.execution_role is None for group in groups)
        or any(subnet.subnet_id is None for subnet in model.subnets or ())
        or bool(model.subnets and not model.security_group_ids)
    )


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from leaves(item)
    else:
        yield value
