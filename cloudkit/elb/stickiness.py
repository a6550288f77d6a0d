"""Whether a client's requests go to the same target."""

from __future__ import annotations

import re

from attrs import field, frozen

from cloudkit._core.params import whole_seconds
from cloudkit.elb._limits import DEFAULT_STICKY_SECONDS, MAX_STICKY_SECONDS, MIN_STICKY_SECONDS
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration, OpenEnum

# "AWSALB, AWSALBAPP, and AWSALBTG; they're reserved for use by the load balancer"
_RESERVED = "AWSALB"
# RFC 6265: a token.
_COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class StickinessType(OpenEnum):
    """What tells a client from others."""

    NONE = "none"
    LB_COOKIE = "lb_cookie"
    APP_COOKIE = "app_cookie"
    SOURCE_IP = "source_ip"
    SOURCE_IP_DEST_IP = "source_ip_dest_ip"
    SOURCE_IP_DEST_IP_PROTO = "source_ip_dest_ip_proto"


def _type(value: StickinessType | str) -> StickinessType:
    return StickinessType(str(value))


def _duration(value: Duration | None) -> int | None:
    return whole_seconds("duration", value, MIN_STICKY_SECONDS, MAX_STICKY_SECONDS)


@frozen
class Stickiness:
    """Whether a client's requests go to the same target, and how the client is known. True if they do.

    Attributes:
        type: What tells a client from others.
        duration: Seconds that the cookie is good for; None without one.
        cookie: The application's cookie; None without one.

    Examples:
        >>> Stickiness.load_balancer(3600).duration
        3600
        >>> bool(Stickiness.off())
        False
    """

    type: StickinessType = field(converter=_type)
    duration: int | None = field(default=None, converter=_duration)
    cookie: str | None = None

    @classmethod
    def off(cls) -> Stickiness:
        """Any target gets any request. No request.

        Returns:
            The setting.

        Examples:
            >>> TargetGroup("web-8080").update(stickiness=Stickiness.off()).stickiness.type
            <StickinessType.NONE: 'none'>

        AWS: none
        """
        return cls(StickinessType.NONE)

    @classmethod
    def load_balancer(cls, duration: Duration = DEFAULT_STICKY_SECONDS) -> Stickiness:
        """By a cookie of an application load balancer. No request.

        Args:
            duration: Seconds, 1 to 604,800 (a week). Default: a day.

        Returns:
            The setting.

        Raises:
            InvalidRequest: The duration is out of range.

        Examples:
            >>> Stickiness.load_balancer().duration
            86400

        AWS: none
        """
        return cls(StickinessType.LB_COOKIE, duration)

    @classmethod
    def app_cookie(cls, name: str, duration: Duration = DEFAULT_STICKY_SECONDS) -> Stickiness:
        """By a cookie that the targets set themselves, behind an application load balancer. No request.

        Args:
            name: The cookie's name; those that begin with `AWSALB` are AWS's own.
            duration: Seconds, 1 to 604,800 (a week). Default: a day.

        Returns:
            The setting.

        Raises:
            InvalidRequest: AWS takes no such name or duration.

        Examples:
            >>> Stickiness.app_cookie("session", 600).cookie
            'session'

        AWS: none
        """
        if not _COOKIE.fullmatch(name) or name.startswith(_RESERVED):
            raise InvalidRequest(
                f"cookie {name!r}: it is a name that cookies can have, and does not begin with {_RESERVED}"
            )
        return cls(StickinessType.APP_COOKIE, duration, name)

    @classmethod
    def source_ip(cls) -> Stickiness:
        """By the client's address, behind a network load balancer. No request.

        Returns:
            The setting.

        Examples:
            >>> Stickiness.source_ip().type
            <StickinessType.SOURCE_IP: 'source_ip'>

        AWS: none
        """
        return cls(StickinessType.SOURCE_IP)

    @classmethod
    def flow(cls, *, protocol: bool = False) -> Stickiness:
        """By the addresses of client and server, behind a gateway load balancer. No request.

        Args:
            protocol: Whether flows of another protocol may go elsewhere.

        Returns:
            The setting.

        Examples:
            >>> Stickiness.flow().type
            <StickinessType.SOURCE_IP_DEST_IP: 'source_ip_dest_ip'>

        AWS: none
        """
        return cls(StickinessType.SOURCE_IP_DEST_IP_PROTO if protocol else StickinessType.SOURCE_IP_DEST_IP)

    def __bool__(self) -> bool:
        return self.type != StickinessType.NONE
