"""Shares of target groups."""

from __future__ import annotations

from cloudkit.elb.action import Action, Forward, GroupWeights, Shares
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration


def weighed(weights: Shares | None, sticky: Duration | None) -> Forward:
    """The action that hands each target group its share."""
    if weights is None:
        raise InvalidRequest("sticky= without weights", hint="weights({blue: 90, green: 10}, sticky=600)")
    return Forward(weights, sticky=sticky)


def group_weights(action: Action | None) -> GroupWeights:
    """The target groups that an action forwards to, each with its share."""
    return action.weights if isinstance(action, Forward) else GroupWeights({})
