"""Publish orders, as a till would: those with the numbers from one to another.

To run it: `python publish.py 1 20`
"""

from __future__ import annotations

import sys

from attrs import asdict

from shop import Order, sales

ITEMS = ("tea", "coffee", "coffee", "sugar")

first, last = int(sys.argv[1]), int(sys.argv[2])
published = sales.publish_many(
    asdict(Order(number, ITEMS[number % 4], number % 5 + 1)) for number in range(first, last + 1)
)
print(len(published), "orders are published")
