"""The world that the docstring examples of S3 speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit import Bucket, Queue


def seed(folder: Path, example: str) -> dict[str, object]:
    photos = Bucket.create("acme-photos")
    photos["cat.jpg"].write_bytes(bytes(2048))
    photos["cats/tom.jpg"].write_bytes(bytes(2048))
    photos["hello.txt"].write_text("Hello")
    photos["config.json"].write_json({"size": 10})
    photos["rows.jsonl"].write_text('{"n": 1}\n{"n": 2}\n')
    begun = photos.cloud.call("s3", "create_multipart_upload", Bucket=photos.name, Key="film.mp4")
    photos.cloud.call(
        "s3",
        "upload_part",
        Bucket=photos.name,
        Key="film.mp4",
        UploadId=begun["UploadId"],
        PartNumber=1,
        Body=bytes(1024),
    )
    (folder / "index.html").write_text("<h1>Hello</h1>")
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<h1>Hello</h1>")
    return {"queue": Queue.ensure("thumbnails")}
