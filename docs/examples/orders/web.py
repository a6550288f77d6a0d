"""The web hook: it takes what SNS posts, once it is clear that SNS sent it, and hands each order to the workers.

To run it: `uvicorn web:app --port 8000`
"""

from __future__ import annotations

from cloudkit.sns import Notification, webhook
from shop import Order, orders, sales


def take(notification: Notification) -> None:
    orders.send(Order(**notification.json(dict)))


app = webhook(take, topics=[sales], min_version=2).asgi
