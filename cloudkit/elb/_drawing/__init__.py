"""How a load balancer is drawn: what there is to see, as Mermaid text, and as a picture."""
