"""Count words in very many objects, on all cores of all machines that Dask has.

Handles travel: a worker gets the objects themselves, which say where they are and carry no secret. Each worker reads
with connections of its own.

    python word_count.py              # 10,000 objects on a cluster of this machine
    python word_count.py 200          # fewer
    python word_count.py 10000 tcp://scheduler:8786
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from dask.distributed import Client

from cloudkit import Bucket, Object

WORDS = ("cloud", "bucket", "object", "queue", "topic")


def count(batch: Sequence[Object]) -> Counter[str]:
    """What a worker does: read its share, many at once, and count."""
    words: Counter[str] = Counter()
    for _, content in batch[0].bucket.read_many(batch):
        words.update(content.decode().split())
    return words


def main(number: int, scheduler: str | None = None) -> Counter[str]:
    bucket = Bucket.ensure("acme-words")
    bucket.write_many((f"texts/{n:05d}.txt", f"{WORDS[n % 5]} {WORDS[n % 3]}") for n in range(number))
    here = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with Client(scheduler) if scheduler else Client(**here) as client:
        batches = list(bucket.objects("texts/").batches(500))
        return sum(client.gather(client.map(count, batches)), Counter[str]())


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, *sys.argv[2:3])
    print(*(f"{word} {times}" for word, times in sorted(found.items())), sep="\n")
