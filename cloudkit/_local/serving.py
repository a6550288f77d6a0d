"""The embedded cloud as a server, for other processes."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from cloudkit._local.completion import COMPLETIONS
from cloudkit._local.world import be_everywhere, once
from cloudkit.errors import MissingExtra

# As the signature of a request names S3: in its header, or in the query of a presigned link.
_S3_SCOPE = ("/s3/aws4_request", "%2Fs3%2Faws4_request")

_App: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serve(host: str, port: int, stop: threading.Event, said: Callable[[str], object]) -> None:
    """Serve a new, empty cloud over HTTP until `stop` is set.

    Args:
        host: Where to listen.
        port: Where to listen; 0 takes a free one.
        stop: Ends it.
        said: Called with the server's URL once it listens.

    Raises:
        MissingExtra: moto is not installed.
    """
    try:
        from moto.moto_server import werkzeug_app
        from werkzeug.serving import make_server
    except ImportError as error:
        raise MissingExtra.of("local", "the embedded cloud", error) from error
    be_everywhere()
    for complete in COMPLETIONS.values():
        once(complete)
    app = _one_at_a_time(werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app))
    handler: Any = getattr(werkzeug_app, "MotoRequestHandler", None)  # of newer moto
    server: Any = make_server(host, port, app, threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    shown_host, shown_port = server.server_address[:2]
    said(f"http://{shown_host}:{shown_port}")
    stop.wait()
    server.shutdown()
    thread.join()
    server.server_close()


def _one_at_a_time(app: _App) -> _App:
    """The application, with one request of S3's after the other: moto tests a condition, and writes some time later."""
    turn = threading.Lock()

    def answer(request: dict[str, Any], start: Any) -> Iterable[bytes]:
        if not _is_s3(request):
            return app(request, start)
        # What a client sends slowly is waited for before.
        length = int(request.get("CONTENT_LENGTH") or 0)
        if length:
            request["wsgi.input"] = io.BytesIO(request["wsgi.input"].read(length))
        with turn:
            return app(request, start)

    return answer


def _is_s3(request: Mapping[str, Any]) -> bool:
    signed = f"{request.get('HTTP_AUTHORIZATION', '')}{request.get('QUERY_STRING', '')}"
    return any(scope in signed for scope in _S3_SCOPE)
