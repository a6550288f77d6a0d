"""What moto keeps of all that it ever made: nothing of embedded clouds, whose things end with them."""

from __future__ import annotations

from typing import Any

from cloudkit._local.world import speaking

_OURS = "made_in_an_embedded_cloud"


def keep_no_lists() -> None:
    """See to it. moto lists every thing it makes, until somebody resets it."""
    from moto.core.common_models import BaseModel
    from moto.s3.models import FakeKey

    listed: Any = BaseModel.__new__

    def unlisted(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if speaking() is None:
            return listed(cls, *args, **kwargs)
        made = object.__new__(cls)
        if isinstance(made, FakeKey):
            setattr(made, _OURS, True)
        return made

    # An S3 object that is collected warns that nobody closed its buffer. Of ours nobody could: that is its end.
    warning: Any = FakeKey.__del__

    def collected(key: Any) -> None:
        if hasattr(key, _OURS):
            key.dispose()
        else:
            warning(key)

    setattr(BaseModel, "__new__", unlisted)  # noqa: B010 - no type checker takes it otherwise
    setattr(FakeKey, "__del__", collected)  # noqa: B010 - as above
