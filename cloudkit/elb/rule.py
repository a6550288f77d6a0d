"""A rule of a listener."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit.elb._naming import checked_rule_arn, listener_of_rule, name_behind
from cloudkit.elb._routing.asked import Asked, asked
from cloudkit.elb._routing.placing import checked_priority, make_room, make_rule
from cloudkit.elb._routing.weighing import group_weights, weighed
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb.action import Action, GroupWeights, Shares, To, action_params, action_to, last_action_of
from cloudkit.elb.condition import (
    Condition,
    Query,
    Values,
    checked_conditions,
    condition_matches,
    condition_params,
    conditions_of,
    conditions_of_words,
)
from cloudkit.elb.errors import RuleNotFound
from cloudkit.elb.target import arn_of
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, HasArn, TagMap


def _number(priority: object) -> int | None:
    return int(str(priority)) if str(priority).isdecimal() else None


@define(eq=False, repr=False)
class Rule(Resource):
    """A rule of a listener, by its ARN: requests that meet its conditions take its action. Making one calls nothing.

    Args:
        arn: Its ARN.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is not the ARN of a rule.

    Examples:
        >>> rule = LoadBalancer("web").listeners().one().route("/api/*", TargetGroup("old-9000"))
        >>> rule.priority, [str(condition) for condition in rule.conditions]
        (1, ['path-pattern /api/*'])

    AWS: none
    """

    _service = ELBV2
    _shown = ("Priority",)

    arn: str = field()

    priority: ClassVar[Attribute[int | None]] = attribute("Priority", _number)
    is_default: ClassVar[Attribute[bool]] = attribute("IsDefault", bool)
    conditions: ClassVar[Attribute[tuple[Condition, ...]]] = attribute("Conditions", conditions_of)
    action: ClassVar[Attribute[Action]] = attribute("Actions", last_action_of)

    def __attrs_post_init__(self) -> None:
        checked_rule_arn(self.arn)

    @property
    @override
    def _label(self) -> str:
        return name_behind(self.arn)

    @property
    def listener_arn(self) -> str:
        """The ARN of its listener, which stands in its own."""
        return listener_of_rule(self.arn)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        listener: HasArn | str,
        to: To,
        *,
        conditions: Iterable[Condition],
        priority: int | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a rule. One request, and one that looks for the next free priority without `priority`.

        `listener.route` makes the conditions of keywords.

        Args:
            listener: The listener, or its ARN.
            to: A target group or its ARN, weights of several, `Redirect(...)` or `FixedResponse(...)`.
            conditions: What a request must be: all of them.
            priority: 1 to 50000; the lowest number is asked first. Default: behind all that are there. If somebody
                else takes that one meanwhile, the next one is tried.
            tags: Its tags.
            aws: More parameters of CreateRule, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The rule.

        Raises:
            AlreadyExists: The priority is taken.
            InvalidRequest: Conditions or an action that AWS would refuse.
            LimitExceeded: The load balancer has all the rules that it may have, or the target group another one.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> maintenance = Condition("host-header", "old.example.com")
            >>> Rule.create(listener, FixedResponse(503, "moved"), conditions=[maintenance], priority=7).priority
            7

        AWS: elbv2:DescribeRules, elbv2:CreateRule
        """
        params = {
            "Conditions": condition_params(checked_conditions(conditions)),
            "Actions": action_params(action_to(to)),
            "Tags": tag_list(checked_tags(tags or {})),
        }
        place = None if priority is None else checked_priority(priority)
        cloud = cloud_or_current(cloud)
        row = make_rule(cloud, arn_of(listener), params, priority=place, aws=aws)
        made = cls(row["RuleArn"], cloud=cloud)
        cloud.remember(made.arn, RuleNotFound)
        return made._learn(row, whole=True)

    @classmethod
    def get(cls, arn: str, *, cloud: Cloud | None = None) -> Self:
        """Find a rule by its ARN. One request.

        Args:
            arn: Its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The rule, loaded.

        Raises:
            RuleNotFound: There is none.

        Examples:
            >>> Rule.get(LoadBalancer("web").listeners().one().rules().one().arn).is_default
            True

        AWS: elbv2:DescribeRules
        """
        return cls(arn, cloud=cloud).refresh()

    @classmethod
    def list(cls, listener: HasArn | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The rules of a listener, the default one among them. One request for each 400.

        Args:
            listener: The listener, or its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The rules, loaded.

        Raises:
            ListenerNotFound: The listener is not there.

        Examples:
            >>> [rule.is_default for rule in Rule.list(LoadBalancer("web").listeners().one())]
            [True]

        AWS: elbv2:DescribeRules
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            ELBV2,
            "describe_rules",
            "Rules",
            lambda row: cls(row["RuleArn"], cloud=cloud)._learn(row, whole=True),
            of="Rule",
            ListenerArn=arn_of(listener),
        )

    @override
    def _load(self) -> Answer:
        found = self._call("describe_rules", RuleArns=[self.arn]).get("Rules", [])
        if not found:
            raise RuleNotFound("there is no such rule", service="elbv2", resource=self.arn)
        row: Answer = found[0]
        return row

    # -- what it does ----------------------------------------------------------------------------------------

    def matches(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, source: str | None = None
    ) -> bool:
        """Whether a request meets its conditions. No request of its own, once it is loaded.

        `listener.explain` says which of all rules takes a request.

        Args:
            method: The request's method, such as `"GET"`.
            url: Its address, or its path with the query.
            headers: Its headers, `Host` among them if `url` is a path.
            source: The IP address that it comes from.

        Returns:
            True or False.

        Raises:
            InvalidRequest: An address that is none.

        Examples:
            >>> rule = LoadBalancer("web").listeners().one().route(["/api/*"], TargetGroup("old-9000"), method="GET")
            >>> rule.matches("GET", "/api/users?page=2"), rule.matches("POST", "/api/users")
            (True, False)

        AWS: none
        """
        return takes(self, asked(method, url, headers=headers, source=source))

    def weights(self, weights: Shares | None = None, *, sticky: Duration | None = None) -> GroupWeights:
        """The share of each target group, or set them, for blue and green. One request to set them.

        Args:
            weights: Each target group with its share, 0 to 999. Default: they are only read.
            sticky: Seconds that a client stays with its group, 1 to 604800. Default: a new choice each time.

        Returns:
            The shares by the ARNs of the target groups, which are taken as keys too; none if it does not forward.

        Raises:
            InvalidRequest: Weights that AWS would refuse, or that are all 0.
            RuleNotFound: It is not there.

        Examples:
            >>> blue, green = TargetGroup("web-8080"), TargetGroup("old-9000")
            >>> rule = LoadBalancer("web").listeners().one().route("/shop/*", {blue: 90, green: 10})
            >>> rule.weights({blue: 50, green: 50})[green]
            50

        AWS: elbv2:ModifyRule
        """
        if weights is not None or sticky is not None:
            self.update(to=weighed(weights, sticky))
        return group_weights(self.action)

    def update(
        self,
        *,
        to: To | None = None,
        path: Values | None = None,
        host: Values | None = None,
        header: Mapping[str, Values] | None = None,
        method: Values | None = None,
        query: Query | None = None,
        source: Values | None = None,
        conditions: Sequence[Condition] | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Self:
        """Change its action, or its conditions. One request; conditions that are given take the place of all it has.

        Args:
            to: As in `create`.
            path: As in `Listener.route`.
            host: As in `Listener.route`.
            header: As in `Listener.route`.
            method: As in `Listener.route`.
            query: As in `Listener.route`.
            source: As in `Listener.route`.
            conditions: Conditions besides those of keywords.
            aws: More parameters of ModifyRule, as boto3 takes them.

        Returns:
            The rule itself.

        Raises:
            Conflict: It is the default rule, which has no conditions; its action is the listener's.
            InvalidRequest: What AWS would refuse.
            RuleNotFound: It is not there.

        Examples:
            >>> rule = LoadBalancer("web").listeners().one().route("/v1/*", TargetGroup("old-9000"))
            >>> rule.update(to=Redirect(path="/v2/#{path}")).action.path
            '/v2/#{path}'

        AWS: elbv2:ModifyRule
        """
        words = conditions_of_words(path, host=host, header=header, method=method, query=query, source=source)
        wanted = (*words, *(conditions or ()))
        if to is None and not wanted and not aws:
            raise InvalidRequest("update() without anything to change", hint="to=, or conditions")
        self._refuse_default("changed", "listener.update(action=...) changes what it does")
        answer = self._call(
            "modify_rule",
            aws=aws,
            RuleArn=self.arn,
            Actions=None if to is None else action_params(action_to(to)),
            Conditions=condition_params(checked_conditions(wanted)) if wanted else None,
        )
        return self._learn(answer["Rules"][0], whole=True)

    def move(
        self, priority: int | None = None, *, before: Rule | None = None, after: Rule | None = None
    ) -> Self:
        """Ask it earlier or later than others. One request, or up to three with `before` or `after`.

        Args:
            priority: The new priority, 1 to 50000.
            before: The rule that it shall come right before. Others move if there is no priority in between.
            after: The rule that it shall come right after.

        Returns:
            The rule itself.

        Raises:
            AlreadyExists: The priority is taken.
            Conflict: It is the default rule, which comes last.
            InvalidRequest: None of the three is given, or several; or a rule of another listener.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> general = listener.route("/a/*", TargetGroup("old-9000"))
            >>> special = listener.route("/a/b/*", TargetGroup("web-8080")).move(before=general)
            >>> special.priority < general.refresh().priority
            True

        AWS: elbv2:DescribeRules, elbv2:SetRulePriorities
        """
        self._refuse_default("moved", "it comes last, whatever others there are")
        place = place_of(self.listener_arn, self.cloud, priority=priority, before=before, after=after)
        if place is None:
            raise InvalidRequest("move() without a place", hint="priority=, before= or after=")
        if place != self.priority:
            pair = {"RuleArn": self.arn, "Priority": place}
            answer = self._call("set_rule_priorities", RulePriorities=[pair])
            self._learn(next(row for row in answer["Rules"] if row["RuleArn"] == self.arn), whole=True)
        return self

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return tags_at(self.cloud, lambda use: use(self.arn))

    def delete(self) -> None:
        """Take the rule away; fine if it is not there. One request.

        Raises:
            Conflict: It is the default rule, which goes with its listener.

        Examples:
            >>> LoadBalancer("web").listeners().one().route("/old/*", FixedResponse(410)).delete()

        AWS: elbv2:DeleteRule
        """
        if self._known("IsDefault"):
            self._refuse_default("deleted", "listener.delete() takes it away with the listener")
        self.cloud.forget(self.arn)
        with suppress(RuleNotFound):
            self._call("delete_rule", RuleArn=self.arn)
        self._unlearn()

    def _refuse_default(self, what: str, hint: str) -> None:
        if self._known("IsDefault"):
            raise Conflict(
                f"the default rule cannot be {what}", service="elbv2", resource=self.arn, hint=hint
            )


def takes(rule: Rule, request: Asked) -> bool:
    """Whether a request meets all conditions of a rule."""
    return all(condition_matches(condition, request) for condition in rule.conditions)


def place_of(
    listener: str,
    cloud: Cloud,
    *,
    priority: int | None = None,
    before: Rule | None = None,
    after: Rule | None = None,
) -> int | None:
    """The priority that somebody means with a number or a neighbour; room is made. None if nothing is said."""
    given = [each for each in (priority, before, after) if each is not None]
    if len(given) > 1:
        raise InvalidRequest("priority=, before= and after= say the same thing: give one of them")
    if priority is not None:
        return checked_priority(priority)
    neighbour = before or after
    if neighbour is None:
        return None
    if neighbour.listener_arn != listener:
        raise InvalidRequest(f"{neighbour} is a rule of another listener")
    number = neighbour.refresh().priority
    if number is None:
        if after is not None:
            raise InvalidRequest("nothing comes after the default rule", hint="before=, or neither")
        return None
    return make_room(
        cloud,
        listener,
        before=number if before is not None else None,
        after=number if after is not None else None,
    )
