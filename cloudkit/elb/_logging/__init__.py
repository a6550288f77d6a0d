"""The logs of a load balancer: who may write them to a bucket, sending them there, and reading them."""
