"""What the programs of the shop share: what an order is, and where things are. Importing it calls nothing."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from cloudkit import Bucket, Queue, Topic


@frozen
class Order:
    id: int
    item: str
    quantity: int


PRICES = {"tea": Decimal("3.20"), "coffee": Decimal("4.50")}

sales = Topic("shop-sales")
orders = Queue("shop-orders", body=Order)
failed = Queue("shop-orders-failed", body=Order)
invoices = Bucket("acme-shop-invoices")
