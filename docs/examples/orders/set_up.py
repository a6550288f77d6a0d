"""Make what the shop needs, and have SNS post to the web hook, which must be running. Safe to repeat.

To run it: `python set_up.py http://127.0.0.1:8000/`
"""

from __future__ import annotations

import sys

from cloudkit import Bucket, Queue, Topic
from shop import failed, invoices, orders, sales

Bucket.ensure(invoices.name)
Queue.ensure(failed.name)
Queue.ensure(orders.name, dead_letters=failed, max_receives=5)
# SHA-256 is all that the hook takes; a topic of before may still sign otherwise.
topic = Topic.ensure(sales.name, signature_version=2, update=True)
subscription = topic.subscribe(sys.argv[1])
print("SNS posts to", subscription.endpoint)
