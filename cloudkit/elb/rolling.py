"""Working on all targets in turn while the rest serves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain, repeat
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import Self, override

from cloudkit._core.batching import split
from cloudkit.elb._serving.draining import Seen
from cloudkit.elb._serving.leave import Leave
from cloudkit.elb.target import TargetLike, target_of
from cloudkit.errors import Conflict

T = TypeVar("T", bound=TargetLike)


class Rolling(Generic[T]):
    """The targets of a load balancer one after another, each out of service while it is worked on.

    Iterating takes a batch out, waits until it has drained, and gives out its targets one by one; after the last one
    of the batch they are registered again, with the ports that they had, and waited for. The next batch goes when all
    are healthy. If one does not come back, or too few would serve, the error is raised there, and the rest is not
    touched.

    A loop that ends early (by an exception, `break` or Ctrl-C) registers the batch under work at once, and does not wait
    for it, so that nobody hears if it does not become healthy. As a context manager it waits for the batch as the
    block ends, and tells: after a `break` by an error of its own, after an exception in the hint or the notes of that.
    After Ctrl-C it registers only.

    Made by `LoadBalancer.rolling`; it is used once.

    Examples:
        >>> with LoadBalancer("web").rolling(allow_empty=True) as boxes:
        ...     for box in boxes:
        ...         print(box.id == upgraded.id)
        True
    """

    def __init__(self, leave: Leave, pick: Callable[[Seen], Sequence[T]], *, batch: int) -> None:
        self._leave = leave
        self._pick = pick
        self._batch = batch
        self._begun = False
        self._entered = False

    def __iter__(self) -> Iterator[T]:
        with closing(self._batches()) as batches:
            for batch in batches:
                yield from batch

    def batches(self) -> Iterator[Sequence[T]]:
        """The batches as a whole, for work on all targets of one at the same time. Requests as for iterating.

        Returns:
            The targets of each batch.

        Raises:
            Conflict: Too few would serve.
            TargetUnhealthy: A target did not come back.
            WaitTimeout: One has not drained, or is not healthy, in time.

        Examples:
            >>> with LoadBalancer("web").rolling(batch=5, allow_empty=True) as boxes:
            ...     [len(batch) for batch in boxes.batches()]
            [1]

        AWS: elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth, elbv2:DeregisterTargets,
            elbv2:DescribeTargetGroupAttributes, elbv2:RegisterTargets, ec2:DescribeInstances,
            elb:DescribeInstanceHealth, elb:DeregisterInstancesFromLoadBalancer,
            elb:DescribeLoadBalancerAttributes, elb:RegisterInstancesWithLoadBalancer
        """
        return self._batches()

    def _batches(self) -> Generator[Sequence[T]]:
        if self._begun:
            raise Conflict("a rolling is used once", hint="balancer.rolling(...) makes another")
        self._begun = True
        first = self._leave.look()
        looks = chain([lambda: first], repeat(self._leave.look))
        for batch, look in zip(split(self._pick(first), most=self._batch), looks, strict=False):
            named = {target_of(each): each for each in batch}
            gone = self._leave.begin(named, look())
            if not gone:
                continue  # removed by somebody else meanwhile
            try:
                yield [named[each] for each in gone]
            except GeneratorExit as error:
                if not self._entered:  # else the end of the block brings it back, and waits
                    self._leave.abandon(error)
                raise
            except BaseException as error:
                self._leave.abandon(error)
                raise
            if self._leave.under_way:  # else the `with` block has ended already
                self._leave.end()

    def __enter__(self) -> Self:
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._leave.under_way:
            return
        if error is None:
            self._leave.end()
        else:
            self._leave.abandon(error)

    @override
    def __repr__(self) -> str:
        return f"<Rolling {self._leave.front.name} batch={self._batch}>"
