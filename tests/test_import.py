from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "boto3",
    "botocore",
    "attr",
    "attrs",
    "cachetools",
    "moto",
    "s3transfer",
    "typing_extensions",
    "rich",
    "pytest",
)


def run(code: str, **env: str) -> str:
    import os

    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, **env}
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_importing_the_package_imports_nothing_large() -> None:
    code = (
        f"import sys, cloudkit, cloudkit.errors; print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    loaded = run(code).strip("[]").replace("'", "")
    # The errors are typed with the help of typing_extensions, which is small.
    assert loaded in ("", "typing_extensions")


def test_importing_the_package_alone_imports_next_to_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import cloudkit;"
        " print(sorted(name for name in set(sys.modules) - before if name.startswith('cloudkit')))"
    )
    assert run(code) in ("['cloudkit']", "['cloudkit', 'cloudkit._version']")


def test_importing_everything_imports_boto3_only_when_it_is_used() -> None:
    code = """
import sys, cloudkit
for name in cloudkit.__all__:
    getattr(cloudkit, name)
print([name for name in ("boto3", "botocore", "moto", "s3transfer", "rich", "pytest") if name in sys.modules])
"""
    assert run(code) == "[]"


def test_importing_reads_no_credentials_and_opens_no_connection() -> None:
    code = """
import sys
seen = []
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        seen.append((event, str(args)))
    if event == "open" and isinstance(args[0], str) and (".aws" in args[0] or "credentials" in args[0]):
        if not args[0].endswith((".py", ".pyc")) and "__pycache__" not in args[0]:
            seen.append((event, args[0]))
    if event in ("subprocess.Popen", "os.system"):
        seen.append((event, str(args)))
sys.addaudithook(watch)
import cloudkit
for name in cloudkit.__all__:
    getattr(cloudkit, name)
cloud = cloudkit.Cloud(role="arn:aws:iam::123456789012:role/deploy")
cloud.with_options(retry=cloudkit.Retry(attempts=2)).in_region("eu-west-1")
with cloud:
    bucket = cloudkit.Bucket("acme")
    bucket["k"].bucket, bucket.folder("a") / "b", bucket.cors, bucket.lifecycle, bucket.tags, bucket.policy
    bucket.objects(), bucket.lock("x"), bucket["k"].edit(), cloudkit.Object("s3://acme/k").at("v")
    cloudkit.Queue("jobs"), cloudkit.Topic("news"), cloudkit.Topic.list(), cloudkit.Instance("i-0123456789abcdef0")
    cloudkit.KeyPair("laptop"), cloudkit.SecurityGroup("sg-1"), cloudkit.ElasticIP("eipalloc-1")
    cloudkit.LoadBalancer("web"), cloudkit.TargetGroup("web-80"), cloudkit.Region("eu-west-1")
    print(bucket, bucket["k"], cloud, bucket == cloudkit.Bucket("acme", cloud=cloud), file=sys.stderr)
print(seen)
"""
    assert run(code, AWS_PROFILE="nobody", AWS_CONFIG_FILE="/nowhere/config") == "[]"


def test_a_submodule_can_come_first() -> None:
    for module in (
        "cloudkit.s3",
        "cloudkit.errors",
        "cloudkit.types",
        "cloudkit._core.cloud",
        "cloudkit.testing",
    ):
        assert run(f"import {module}; print('fine')") == "fine"
