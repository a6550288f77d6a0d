"""The worker: it writes an invoice for each order, four at once, until SIGTERM or Ctrl-C stops it.

To run it: `python worker.py`
"""

from __future__ import annotations

import logging

from cloudkit.sqs import Message
from shop import PRICES, Order, invoices, orders

log = logging.getLogger("worker")


def write_invoice(message: Message[Order]) -> None:
    order = message.data
    if order.item not in PRICES:
        message.dead_letter(f"no {order.item} is sold")  # trying again is of no use
        return
    total = PRICES[order.item] * order.quantity
    # Under the order's own name: SQS may deliver twice, and a second time does no harm.
    invoices[f"{order.id}.txt"].write_text(f"{order.quantity} {order.item}: {total}")
    log.info("invoice %d", order.id)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    log.info("waiting for orders")
    log.info("ended: %s", orders.consume(write_invoice, concurrency=4))
