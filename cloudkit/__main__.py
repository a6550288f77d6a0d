"""The `cloudkit` command."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

import cloudkit
from cloudkit.errors import CloudError, InvalidRequest

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What stands behind the command. Default: the process's own.

    Returns:
        The exit code: 0 for success, 1 for a failure, 2 for wrong usage.
    """
    given = _parser().parse_args(arguments)
    try:
        if given.command == "demo":
            return _demo(given.step, plain=given.plain)
        if given.command == "local":
            return _serve(given.host, given.port)
        return _whoami(given.profile, given.region)
    except InvalidRequest as error:
        print(f"cloudkit: {error}", file=sys.stderr)
        return 2
    except CloudError as error:
        print(f"cloudkit: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cloudkit", description="AWS as typed Python objects.")
    parser.add_argument("--version", action="version", version=f"cloudkit {cloudkit.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="a guided tour on a cloud inside this process; no account needed")
    demo.add_argument("--step", metavar="NAME", help="one part of it, such as queue; 'list' shows the names")
    demo.add_argument("--plain", action="store_true", help="no colours and no columns")

    local = commands.add_parser("local", help="serve the embedded cloud over HTTP, for other processes")
    local.add_argument("--host", default=DEFAULT_HOST, help="where to listen (%(default)s)")
    local.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one (%(default)s)")

    whoami = commands.add_parser("whoami", help="whose credentials are in use, and from where")
    whoami.add_argument("--profile", help="a profile of ~/.aws/config")
    whoami.add_argument("--region", help="such as eu-west-1")
    return parser


def _demo(step: str | None, *, plain: bool) -> int:
    from cloudkit import demo

    return demo.run(step, plain=plain)


def _whoami(profile: str | None, region: str | None) -> int:
    me = cloudkit.whoami(cloudkit.Cloud(profile=profile, region=region))
    print(f"account      {me.account}")
    print(f"arn          {me.arn}")
    print(f"region       {me.region or 'none set'}")
    print(
        f"credentials  {me.source or 'unknown'}{f', until {me.expires:%Y-%m-%d %H:%M %Z}' if me.expires else ''}"
    )
    return 0


def _serve(host: str, port: int) -> int:
    from cloudkit._local.serving import serve

    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: stop.set())

    def say(url: str) -> None:
        print(f"The embedded cloud answers at {url}, until Ctrl-C. Other processes reach it by:\n")
        print(f"  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1")
        print("  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local", flush=True)

    serve(host, port, stop, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
