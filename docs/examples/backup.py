"""Copy a folder into a versioned bucket, change a file, and get the old one back."""

from pathlib import Path

from cloudkit import Bucket

folder = Path("notes")
folder.mkdir()
(folder / "monday.txt").write_text("Buy milk.")

bucket = Bucket.ensure("acme-backup", versioning=True)
for path in sorted(folder.rglob("*")):
    bucket[path.as_posix()].upload(path)

(folder / "monday.txt").write_text("")  # a mishap, and the backup of it
saved = bucket["notes/monday.txt"].upload(folder / "monday.txt")

newest, older = saved.versions()
print(f"now {newest.size} bytes, before {older.size} bytes: {older.read_text()!r}")
older.download(folder / "monday.txt")

bucket.delete(force=True)
