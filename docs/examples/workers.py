"""Hand out work by a queue, and let several threads do it."""

from concurrent.futures import ThreadPoolExecutor

from cloudkit import Queue

queue = Queue.ensure("acme-numbers")
queue.send_many({"number": number} for number in range(40))


def work(_: int) -> int:
    total = 0
    for message in queue.drain(wait=0):
        with message:
            total += message.json(dict[str, int])["number"]
    return total


with ThreadPoolExecutor(4) as pool:
    totals = list(pool.map(work, range(4)))
print("the sum of 0 to 39 is", sum(totals))

queue.delete()
