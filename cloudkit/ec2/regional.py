"""Listings of several regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.workers import in_parallel
from cloudkit.ec2._limits import REGIONS_WIDTH
from cloudkit.ec2.region import Region
from cloudkit.errors import CloudError

T = TypeVar("T")

Regions: TypeAlias = Literal["all"] | Iterable[str]
"""`"all"` for those that the account can use, as AWS says; or their names."""

_ALL = "all"
_THREAD = "cloudkit-regions"


@frozen(eq=False, repr=False)
class RegionalListing(Listing[T], Generic[T]):
    """Things of several regions, which are asked at the same time. A region that cannot be asked stops no other.

    Attributes:
        errors: The regions that could not be asked the last time that this was read to its end, each with its error.

    Examples:
        >>> found = Instance.list(regions="all", name="web-*")
        >>> [(box.name, box.cloud.region) for box in found]
        [('web-0', 'us-east-1')]
        >>> dict(found.errors)
        {}

    AWS: none
    """

    _errors: dict[str, CloudError] = field(factory=dict[str, CloudError])

    @property
    def errors(self) -> Mapping[str, CloudError]:
        """The regions that could not be asked."""
        return dict(self._errors)


def across(
    cloud: Cloud, regions: Regions, list_in: Callable[[Cloud], Listing[T]], of: str
) -> RegionalListing[T]:
    """What those listings have, region by region.

    Args:
        cloud: Whose account.
        regions: Which regions. If all of them fail, that is an error as any.
        list_in: The listing of one region.
        of: What the items are, for people.
    """
    errors: dict[str, CloudError] = {}

    def ask(name: str, limit: int | None) -> Sequence[T] | CloudError:
        listing = list_in(cloud.in_region(name))
        try:
            return (listing if limit is None else listing.limit(limit)).to_list()
        except CloudError as error:
            return error

    def fetch(limit: int | None) -> Iterator[Sequence[T]]:
        errors.clear()
        names = _names(cloud, regions)
        for name, found in in_parallel(
            lambda name: ask(name, limit), names, width=min(REGIONS_WIDTH, len(names) or 1), name=_THREAD
        ):
            if not isinstance(found, CloudError):
                yield found
                continue
            errors[name] = found
            if len(errors) == len(names):
                raise found

    return RegionalListing(fetch, of, None, errors)


def _names(cloud: Cloud, regions: Regions) -> Sequence[str]:
    if regions == _ALL:
        return [region.name for region in Region.list(cloud=cloud)]
    return [regions] if isinstance(regions, str) else list(dict.fromkeys(regions))
