"""What messages do: they are sent, received and deleted, ten a call."""
