"""The leads behind the numbers and addresses: what they do, what they see, and the cast that plays."""
