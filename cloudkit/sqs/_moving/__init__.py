"""All the messages of a queue on their way elsewhere: to another queue, or into a file and back."""
