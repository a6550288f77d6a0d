"""What a target group is, and its settings: typed here, texts at AWS."""
