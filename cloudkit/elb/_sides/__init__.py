"""The two APIs of load balancing behind one interface: `v2` and `classic`, and which one a load balancer belongs to."""
