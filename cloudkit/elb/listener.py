"""A listener."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import dig, one_of, rows, tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit.elb._certificates.naming import checked_certificate
from cloudkit.elb._naming import checked_listener_arn, classic_name, name_behind
from cloudkit.elb._routing import classic
from cloudkit.elb._routing.asked import asked
from cloudkit.elb._routing.opening import (
    PROTOCOLS,
    check_tls,
    client_certificates_of,
    default_policy,
    spoken_on,
    tls_params,
    wanted_action,
)
from cloudkit.elb._routing.weighing import group_weights, weighed
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb._undo import undoing
from cloudkit.elb.action import Action, GroupWeights, Shares, To, action_params, action_to, actions_of
from cloudkit.elb.condition import Condition, Query, Values, checked_conditions, conditions_of_words
from cloudkit.elb.errors import ListenerNotFound
from cloudkit.elb.front import Alpn, Cert
from cloudkit.elb.listener_certificates import ListenerCertificates
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.rule import Rule, place_of, takes
from cloudkit.elb.target import arn_of, checked_port
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, HasArn, TagMap

_NETWORK = ":listener/net/"


def forwarded(actions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ARNs of the target groups that default actions forward to."""
    found: list[object] = []
    for action in actions:
        if action.get("Type") == "forward":
            found += [
                dig(action, "TargetGroupArn"),
                *rows(action, "ForwardConfig.TargetGroups.TargetGroupArn"),
            ]
    return tuple(dict.fromkeys(str(arn) for arn in found if arn is not None))


def action_at_end(actions: Sequence[Mapping[str, Any]]) -> Action | None:
    """What becomes of requests in the end; a classic load balancer tells no actions."""
    return next(reversed(actions_of(actions)), None)


def _first_arn(certificates: Sequence[Mapping[str, Any]] | None) -> str | None:
    return next((str(each["CertificateArn"]) for each in certificates or ()), None)


def _first_alpn(policies: Sequence[str] | None) -> Alpn | None:
    return next((Alpn(each) for each in policies or ()), None)


@define(eq=False, repr=False)
class Listener(Resource):
    """A port that a load balancer listens on, by its ARN. Making one calls nothing.

    Those of classic load balancers have no ARN: they go by the load balancer's and the port, as
    `"arn:...:loadbalancer/web:80"`, and have neither rules nor tags.

    Args:
        arn: Its ARN.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is not the ARN of a listener.

    Examples:
        >>> listener = LoadBalancer("web").listeners().one()
        >>> listener.port, listener.protocol
        (80, <Protocol.HTTP: 'HTTP'>)

    AWS: none
    """

    _service = ELBV2
    _shown = ("Protocol", "Port")

    arn: str = field()

    port: ClassVar[Attribute[int]] = attribute("Port", int)
    protocol: ClassVar[Attribute[Protocol]] = attribute("Protocol", Protocol)
    load_balancer_arn: ClassVar[Attribute[str]] = attribute("LoadBalancerArn", str)
    action: ClassVar[Attribute[Action | None]] = attribute("DefaultActions", action_at_end)
    target_group_arns: ClassVar[Attribute[tuple[str, ...]]] = attribute("DefaultActions", forwarded)
    certificate_arn: ClassVar[Attribute[str | None]] = attribute("Certificates", _first_arn, optional=True)
    policy: ClassVar[Attribute[str | None]] = attribute("SslPolicy", str, optional=True)
    alpn: ClassVar[Attribute[Alpn | None]] = attribute("AlpnPolicy", _first_alpn, optional=True)
    client_certificates: ClassVar[Attribute[str | None]] = attribute(
        "MutualAuthentication", client_certificates_of, optional=True
    )

    def __attrs_post_init__(self) -> None:
        checked_listener_arn(self.arn)

    @property
    @override
    def _label(self) -> str:
        return name_behind(self.arn)

    @property
    def target_port(self) -> int | None:
        """Of a classic load balancer: the port of its instances; None for others, whose target groups say it."""
        port = self._look_up("Listener.InstancePort", volatile=False)
        return None if port is None else int(port)

    @property
    def target_protocol(self) -> Protocol | None:
        """Of a classic load balancer: what its instances speak; None for others, whose target groups say it."""
        spoken = self._look_up("Listener.InstanceProtocol", volatile=False)
        return None if spoken is None else classic.protocol_of(spoken)

    @property
    def _classic(self) -> classic.Place | None:
        return classic.place_in(self.arn)

    def _refuse_classic(self, what: str) -> None:
        if self._classic is not None:
            raise Conflict(
                f"a listener of a classic load balancer has no {what}",
                service="elb",
                resource=str(self),
                hint="kind='application' has them",
            )

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        load_balancer: HasArn | str,
        port: int,
        *,
        target_group: HasArn | str | None = None,
        to: To | None = None,
        protocol: Protocol | str | None = None,
        certificate: Cert | None = None,
        certificates: Iterable[Cert] = (),
        policy: str | None = None,
        alpn: Alpn | str | None = None,
        client_certificates: HasArn | str | None = None,
        target_port: int | None = None,
        target_protocol: Protocol | str | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Let a load balancer listen on a port. One request; one more that finds a certificate by its domain name.

        Args:
            load_balancer: The load balancer, or its ARN.
            port: The port that clients connect to, 1 to 65535.
            target_group: Where requests go, or its ARN.
            to: What else becomes of requests: weights of several groups, `Redirect(...)`, `FixedResponse(...)`.
            protocol: What clients speak: `"HTTP"`, `"HTTPS"`; of a network load balancer `"TCP"`, `"TLS"`, `"UDP"`,
                `"TCP_UDP"`. Default: HTTP, or HTTPS with a certificate; of a network one TCP, or TLS.
            certificate: The certificate: an object, its ARN, or a domain name, for which the newest issued one that
                covers it is looked up in ACM.
            certificates: More of them; each client gets the one for the host name that it asks for (SNI). One more
                request.
            policy: The TLS policy. Default: `ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09`, which AWS recommends; the
                API's own default still lets TLS 1.0 in.
            alpn: Which of HTTP/1 and HTTP/2 clients are offered, with TLS.
            client_certificates: What becomes of the certificates of clients: the ARN of a trust store that verifies
                them, `"passthrough"` to hand them to targets, or `"off"`, the default.
            target_port: Of a classic load balancer: the port of its instances, in place of `target_group`.
            target_protocol: Of a classic load balancer: what its instances speak. Default: the same, not encrypted.
            tags: Its tags; those of a classic load balancer have none.
            aws: More parameters of CreateListener, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The listener.

        Raises:
            AlreadyExists: The port has a listener.
            CertificateNotFound: There is no such certificate, or none in ACM for that domain.
            InvalidRequest: Settings that AWS would refuse, or that the kind of load balancer has not.
            LoadBalancerNotFound: The load balancer is not there.
            TargetGroupNotFound: The target group is not there.

        Examples:
            >>> Listener.create(LoadBalancer("web"), 8000, target_group=TargetGroup("web-8080")).port
            8000
            >>> Listener.create(LoadBalancer("web"), 8001, to=Redirect(https=443)).action.status
            301

        AWS: elbv2:CreateListener, elbv2:AddListenerCertificates, acm:ListCertificates,
            elb:CreateLoadBalancerListeners, elb:CreateLoadBalancerPolicy, elb:SetLoadBalancerPoliciesOfListener
        """
        arn = arn_of(load_balancer)
        cloud = cloud_or_current(cloud)
        if classic_name(arn) is not None:
            classic.refuse(
                target_group=target_group,
                to=to,
                certificates=tuple(certificates) or None,
                alpn=alpn,
                client_certificates=client_certificates,
                tags=tags,
                aws=aws,
            )
            row = classic.create(
                cloud,
                arn,
                port,
                target_port=target_port,
                protocol=protocol,
                target_protocol=target_protocol,
                certificate=certificate,
                policy=policy,
            )
            return cls(f"{arn}:{port}", cloud=cloud)._learn(row, whole=True)
        if target_port is not None or target_protocol is not None:
            raise InvalidRequest(
                "target_port= and target_protocol= are for classic load balancers",
                hint="target_group=: the target group says what its targets speak, and on which port",
            )
        more = tuple(checked_certificate(each) for each in certificates)
        spoken = spoken_on(arn, protocol, secure=certificate is not None)
        raw_certificates = aws is not None and "Certificates" in aws
        check_tls(
            spoken,
            certificate is not None or raw_certificates,
            policy=policy,
            alpn=alpn,
            clients=client_certificates,
        )
        params: dict[str, Any] = {
            "Port": checked_port("port", port),
            "Protocol": spoken,
            "Tags": tag_list(checked_tags(tags or {})),
            "LoadBalancerArn": arn,
            "DefaultActions": action_params(wanted_action(target_group, to)),
            **tls_params(
                cloud,
                certificate=certificate,
                policy=policy or default_policy(spoken, aws),
                alpn=alpn,
                clients=client_certificates,
            ),
        }
        row = cloud.invoke(ELBV2, "create_listener", params, aws=aws, about=f"port {port}")["Listeners"][0]
        made = cls(row["ListenerArn"], cloud=cloud)
        cloud.remember(made.arn, ListenerNotFound)
        made._learn(row, whole=True)
        if more:
            with undoing("listener.certificates shows what is there") as undo:
                undo.add(f"listener {port}", made.delete)
                made.certificates.add(*more)
        return made

    @classmethod
    def get(cls, arn: str, *, cloud: Cloud | None = None) -> Self:
        """Find a listener by its ARN. One request.

        Args:
            arn: Its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The listener, loaded.

        Raises:
            ListenerNotFound: There is none.

        Examples:
            >>> Listener.get(LoadBalancer("web").listeners().one().arn).port
            80

        AWS: elbv2:DescribeListeners, elb:DescribeLoadBalancers
        """
        return cls(arn, cloud=cloud).refresh()

    @classmethod
    def list(cls, load_balancer: HasArn | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The listeners of a load balancer. One request for each 400.

        Args:
            load_balancer: The load balancer, or its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The listeners, loaded.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [listener.port for listener in Listener.list(LoadBalancer("web"))]
            [80]

        AWS: elbv2:DescribeListeners, elb:DescribeLoadBalancers
        """
        cloud = cloud_or_current(cloud)
        arn = arn_of(load_balancer)
        name = classic_name(arn)
        if name is not None:
            return paged(
                cloud,
                ELB,
                "describe_load_balancers",
                "LoadBalancerDescriptions.ListenerDescriptions",
                lambda row: cls(classic.address(arn, row), cloud=cloud)._learn(
                    classic.as_v2(row, arn), whole=True
                ),
                of="Listener",
                LoadBalancerNames=[name],
            )
        return paged(
            cloud,
            ELBV2,
            "describe_listeners",
            "Listeners",
            lambda row: cls(row["ListenerArn"], cloud=cloud)._learn(row, whole=True),
            of="Listener",
            LoadBalancerArn=arn,
        )

    @override
    def _load(self) -> Answer:
        place = self._classic
        if place is not None:
            return classic.load(self.cloud, place)
        found = self._call("describe_listeners", ListenerArns=[self.arn]).get("Listeners", [])
        if not found:
            raise ListenerNotFound("there is no such listener", service="elbv2", resource=self.arn)
        row: Answer = found[0]
        return row

    # -- changing --------------------------------------------------------------------------------------------

    def update(
        self,
        *,
        target_group: HasArn | str | None = None,
        to: To | None = None,
        port: int | None = None,
        protocol: Protocol | str | None = None,
        certificate: Cert | None = None,
        policy: str | None = None,
        alpn: Alpn | str | None = None,
        client_certificates: HasArn | str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Self:
        """Change what is named. One request, of a classic load balancer up to five; none of the requests under way is lost.

        Args:
            target_group: Where requests go from now on, or its ARN.
            to: What else becomes of requests, as in `create`.
            port: Another port.
            protocol: Another protocol; to HTTPS or TLS together with `certificate`.
            certificate: Another default certificate, as in `create`.
            policy: Another TLS policy. Default: as it is; with a change to HTTPS or TLS as in `create`.
            alpn: Another ALPN policy.
            client_certificates: As in `create`.
            aws: More parameters of ModifyListener, as boto3 takes them.

        Returns:
            The listener itself.

        Raises:
            AlreadyExists: Another listener has the port.
            CertificateNotFound: There is no such certificate.
            InvalidRequest: Settings that AWS would refuse.
            ListenerNotFound: The listener is not there.
            TargetGroupNotFound: The target group is not there.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> listener.update(target_group=TargetGroup("web-8080")).port
            80

        AWS: elbv2:ModifyListener, acm:ListCertificates, elb:SetLoadBalancerListenerSSLCertificate,
            elb:DescribeLoadBalancers, elb:DescribeLoadBalancerPolicies, elb:CreateLoadBalancerPolicy,
            elb:SetLoadBalancerPoliciesOfListener
        """
        place = self._classic
        if place is not None:
            classic.refuse(
                target_group=target_group,
                to=to,
                port=port,
                protocol=protocol,
                alpn=alpn,
                client_certificates=client_certificates,
                aws=aws,
            )
            classic.update(self.cloud, place, certificate=certificate, policy=policy)
            self._unlearn()
            return self
        action = None if target_group is None and to is None else wanted_action(target_group, to)
        spoken = None if protocol is None else one_of("protocol", str(protocol), PROTOCOLS)
        if spoken is not None:
            check_tls(spoken, certificate is not None, policy=policy, alpn=alpn, clients=client_certificates)
        params: dict[str, Any] = {
            "Port": None if port is None else checked_port("port", port),
            "Protocol": spoken,
            "DefaultActions": None if action is None else action_params(action),
            **tls_params(
                self.cloud,
                certificate=certificate,
                policy=policy or (None if spoken is None else default_policy(spoken, aws)),
                alpn=alpn,
                clients=client_certificates,
            ),
        }
        if not aws and not any(value is not None for value in params.values()):
            raise InvalidRequest(
                "update() without anything to change", hint="target_group=, to=, certificate= ..."
            )
        answer = self._call("modify_listener", aws=aws, ListenerArn=self.arn, **params)
        return self._learn(answer["Listeners"][0], whole=True)

    @property
    def certificates(self) -> ListenerCertificates:
        """Its certificates: the default one, and those for other host names (SNI)."""
        self._refuse_classic("more than one certificate")
        return ListenerCertificates(self.arn, self.cloud)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        self._refuse_classic("tags")
        return tags_at(self.cloud, lambda use: use(self.arn))

    def delete(self) -> None:
        """Stop listening on the port; fine if it is not there. One request.

        Examples:
            >>> LoadBalancer("web").listeners().one().delete()

        AWS: elbv2:DeleteListener, elb:DeleteLoadBalancerListeners
        """
        place = self._classic
        if place is not None:
            classic.delete(self.cloud, place)
            self._unlearn()
            return
        self.cloud.forget(self.arn)
        with suppress(ListenerNotFound):
            self._call("delete_listener", ListenerArn=self.arn)
        self._unlearn()

    # -- rules -----------------------------------------------------------------------------------------------

    def route(
        self,
        path: Values | None = None,
        to: To | None = None,
        *,
        host: Values | None = None,
        header: Mapping[str, Values] | None = None,
        method: Values | None = None,
        query: Query | None = None,
        source: Values | None = None,
        conditions: Sequence[Condition] = (),
        priority: int | None = None,
        before: Rule | None = None,
        after: Rule | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Rule:
        """Make a rule: requests that meet all the conditions go elsewhere. Two requests; one with `priority`.

        A condition that is given several values is met by any of them. `*` stands for any text, `?` for one
        character, but for `method` and `source`.

        Args:
            path: The path, as `"/api/*"`; capital and small letters differ.
            to: A target group or its ARN, weights of several, `Redirect(...)` or `FixedResponse(...)`.
            host: The host name, as `"*.example.com"`.
            header: Headers by name, as `{"User-Agent": "*Mobile*"}`.
            method: The method, as `"GET"`.
            query: Values in the query: `{"version": "2"}` by key, or `"*beta*"` anywhere.
            source: Where it comes from, in CIDR form, as `"203.0.113.0/24"`.
            conditions: More conditions, such as regular expressions.
            priority: 1 to 50000; the lowest number is asked first. Default: behind all that are there.
            before: A rule that it shall come right before. Others move if there is no priority in between.
            after: A rule that it shall come right after.
            tags: Its tags.
            aws: More parameters of CreateRule, as boto3 takes them.

        Returns:
            The rule.

        Raises:
            AlreadyExists: The priority is taken.
            Conflict: The listener is one of a network load balancer, which looks at no requests.
            InvalidRequest: Conditions or an action that AWS would refuse.
            LimitExceeded: The load balancer has all the rules that it may have.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> listener.route("/api/*", TargetGroup("old-9000"), method=["GET", "HEAD"]).priority
            1

        AWS: elbv2:DescribeRules, elbv2:SetRulePriorities, elbv2:CreateRule
        """
        self._check_routes()
        if to is None:
            raise InvalidRequest("route() without a target", hint="route('/api/*', TargetGroup('api'))")
        words = conditions_of_words(path, host=host, header=header, method=method, query=query, source=source)
        # Before the neighbours make room.
        wanted = checked_conditions((*words, *conditions))
        action = action_to(to)
        place = place_of(self.arn, self.cloud, priority=priority, before=before, after=after)
        return Rule.create(
            self.arn, action, conditions=wanted, priority=place, tags=tags, aws=aws, cloud=self.cloud
        )

    def rules(self) -> Listing[Rule]:
        """Its rules, the default one among them. One request for each 400.

        Returns:
            The rules, loaded.

        Raises:
            Conflict: The listener is one of a classic load balancer, which has no rules.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> [rule.is_default for rule in LoadBalancer("web").listeners().one().rules()]
            [True]

        AWS: elbv2:DescribeRules
        """
        self._refuse_classic("rules")
        return Rule.list(self.arn, cloud=self.cloud)

    def explain(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, source: str | None = None
    ) -> Rule:
        """Which rule takes a request. One request for each 400 rules; the request itself is not made.

        Args:
            method: The request's method, such as `"GET"`.
            url: Its address, or its path with the query.
            headers: Its headers, `Host` among them if `url` is a path.
            source: The IP address that it comes from. Default: conditions of source are not met.

        Returns:
            The first rule whose conditions are all met; the default one if there is none.

        Raises:
            InvalidRequest: An address that is none.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> rule = listener.route("/api/*", TargetGroup("old-9000"))
            >>> listener.explain("GET", "/api/users") == rule
            True
            >>> listener.explain("GET", "/").is_default
            True

        AWS: elbv2:DescribeRules
        """
        request = asked(method, url, headers=headers, source=source)
        found = sorted(self.rules(), key=lambda rule: (rule.is_default, rule.priority or 0))
        return next(rule for rule in found if takes(rule, request))

    def weights(self, weights: Shares | None = None, *, sticky: Duration | None = None) -> GroupWeights:
        """The share of each target group, or set them, for blue and green. One request to set them.

        Args:
            weights: Each target group with its share, 0 to 999. Default: they are only read.
            sticky: Seconds that a client stays with its group, 1 to 604800. Default: a new choice each time.

        Returns:
            The shares by the ARNs of the target groups, which are taken as keys too; none if it does not forward.

        Raises:
            InvalidRequest: Weights that AWS would refuse, or that are all 0.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> blue, green = TargetGroup("web-8080"), TargetGroup("old-9000")
            >>> LoadBalancer("web").listeners().one().weights({blue: 90, green: 10})[blue]
            90

        AWS: elbv2:ModifyListener
        """
        if weights is not None or sticky is not None:
            self.update(to=weighed(weights, sticky))
        return group_weights(self.action)

    def _check_routes(self) -> None:
        self._refuse_classic("rules")
        if _NETWORK in self.arn:
            raise Conflict(
                "a network load balancer forwards connections and looks at no requests, so that it has no rules",
                service="elbv2",
                resource=self.arn,
                hint="kind='application' has them; rules by the type of address: Rule.create(..., aws=...)",
            )
