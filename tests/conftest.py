"""One rig for all tests: a Cloud, names that AWS would take, and a clock that waits for nothing."""

from __future__ import annotations

import contextlib
import functools
import gc
import ipaddress
import itertools
import os
import signal
import sys
import uuid
from collections.abc import Iterator
from unittest import mock

import moto.kms.utils
import pytest
from attrs import field, frozen
from hypothesis import HealthCheck, settings

from cloudkit import Cloud, local
from cloudkit.testing import FakeClock
from tests.faults import FaultServer

# Nothing of this machine's AWS set-up may reach a test. The endpoint is read first, to test another server, and kept
# by another name: the processes of xdist begin with what this one has left of the environment.
_KEPT_ENDPOINT = "CLOUDKIT_TESTED_ENDPOINT"
ENDPOINT_URL = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get(_KEPT_ENDPOINT)
if ENDPOINT_URL is not None:
    os.environ[_KEPT_ENDPOINT] = ENDPOINT_URL
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)

# Each new world with an encrypted volume makes an RSA key, which nobody looks at.
mock.patch("moto.kms.utils.RSAPrivateKey", functools.cache(moto.kms.utils.RSAPrivateKey)).start()

# A shell starts what it leaves in the background deaf to Ctrl+C. The tests that are interrupted must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

_numbers = itertools.count(1)

# Shared machines are slow at times: what a property says counts, not how long it took to say it.
settings.register_profile("cloudkit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cloudkit")


def _only_loopback(event: str, args: tuple[object, ...]) -> None:
    """No test speaks to the world, whatever it does wrong."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not _here(args[1][0]):
        raise RuntimeError(f"a test wanted to connect to {args[1]}")
    if event == "socket.getaddrinfo" and args[0] not in ("localhost", None) and not _here(args[0]):
        raise RuntimeError(f"a test wanted to look up {args[0]!r}")


def _here(host: object) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(str(host)).is_loopback
    return False


sys.addaudithook(_only_loopback)


def pytest_report_header() -> str:
    return f"tested on: {ENDPOINT_URL or 'the embedded cloud'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a server to test, the tests that speak to it: the others would say the same again."""
    if ENDPOINT_URL is None:
        return
    others = [item for item in items if not {"rig", "server_url"} & set(getattr(item, "fixturenames", ()))]
    left_out = set(others)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=others)


# What a run of many tests is going to ask. Each has a model of tens of thousands of objects, which stay.
_SERVICES = {
    "acm": "list_certificates",
    "autoscaling": "describe_auto_scaling_groups",
    "cloudwatch": "describe_alarms",
    "ec2": "describe_key_pairs",
    "elb": "describe_load_balancers",
    "elbv2": "describe_load_balancers",
    "iam": "list_roles",
    "kms": "list_keys",
    "s3": "list_buckets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "sts": "get_caller_identity",
}
_MANY_TESTS = 1000


def pytest_collection_finish(session: pytest.Session) -> None:
    """What thousands of tests are made of stays: the collector need not look at it again after each of them."""
    if len(session.items) > _MANY_TESTS and ENDPOINT_URL is None:
        with local() as cloud:
            for service, operation in _SERVICES.items():
                cloud.call(service, operation)
        cloud.close()
        del cloud
    gc.collect()
    gc.freeze()


@frozen
class Rig:
    """A Cloud to test on.

    Attributes:
        cloud: The embedded one, or with AWS_ENDPOINT_URL set a Cloud for that server.
        clock: Its clock; `clock.advance(3)` makes volatile attributes stale.
    """

    cloud: Cloud
    clock: FakeClock
    _run: str = field(factory=lambda: uuid.uuid4().hex[:8])

    def name(self, stem: str = "thing") -> str:
        """A name nobody has, short enough for every service."""
        return f"{stem}-{self._run}-{next(_numbers)}"


@pytest.fixture
def rig() -> Iterator[Rig]:
    clock = FakeClock()
    cloud: Cloud
    if ENDPOINT_URL is None:
        cloud = local(clock=clock)
    else:
        cloud = Cloud(region="us-east-1", endpoint_url=ENDPOINT_URL, clock=clock)
    with cloud:
        yield Rig(cloud, clock)
    cloud.close()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A real server over HTTP: the one under test, or moto's own."""
    if ENDPOINT_URL is not None:
        yield ENDPOINT_URL
        return
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """A server that answers as the test says, for what moto cannot show."""
    with FaultServer() as server:
        yield server
