"""The tour's bucket."""

from __future__ import annotations

from collections.abc import Iterator

from cloudkit import Bucket, ObjectNotFound
from cloudkit.demo.stage import Check
from cloudkit.demo.world import World


def bucket(world: World) -> None:
    world.bucket = Bucket.create("acme-demo-site", versioning=True)
    page = world.bucket["index.html"]
    page.write_text("<h1>Hello</h1>")
    with page.open("w") as file:
        file.write("<h1>Hello, world</h1>")
    for version in page.versions():
        print(version.size, "bytes:", version.read_text())
    world.link = page.url(expires=600)
    print(world.link[:64], "...")
    try:
        world.bucket["nothing.html"].read_text()
    except ObjectNotFound as error:
        print(error.code, error.resource)


def bucket_checks(world: World) -> Iterator[Check]:
    page = world.bucket["index.html"]
    versions = [version.read_text() for version in page.versions()]
    yield "both versions are kept, newest first", versions == ["<h1>Hello, world</h1>", "<h1>Hello</h1>"]
    yield "its type was guessed", page.content_type == "text/html; charset=utf-8"
    yield "the link is signed by version 4", "X-Amz-Algorithm=AWS4-HMAC-SHA256" in world.link
    yield "and ends after ten minutes", "X-Amz-Expires=600" in world.link
    yield "iterating gives the page alone", [each.key for each in world.bucket] == ["index.html"]
