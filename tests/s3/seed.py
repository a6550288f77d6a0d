"""The world that the docstring examples of S3 speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit import Bucket


def seed(folder: Path) -> dict[str, object]:
    photos = Bucket.create("acme-photos")
    photos["cat.jpg"].write_bytes(bytes(2048))
    photos["cats/tom.jpg"].write_bytes(bytes(2048))
    photos["hello.txt"].write_text("Hello")
    photos["config.json"].write_json({"size": 10})
    (folder / "index.html").write_text("<h1>Hello</h1>")
    return {}
