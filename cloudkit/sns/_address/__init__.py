"""Topics and subscriptions as what they are to a request: what names them, and what AWS says of them."""
