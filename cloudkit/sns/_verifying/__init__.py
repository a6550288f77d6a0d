"""How a notification is found to be SNS's."""
