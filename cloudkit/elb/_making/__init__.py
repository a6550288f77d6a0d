"""Making load balancers with all their parts, changing and deleting them."""
