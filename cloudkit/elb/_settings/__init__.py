"""What a load balancer is set to: a table of what each kind has, and how either API is asked and told."""
