"""Decides what IAM policies allow.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from .decision import is_allowed

__all__ = ["is_allowed"]
