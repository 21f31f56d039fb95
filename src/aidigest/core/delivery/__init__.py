"""What becomes of a message: relays, replies, pace, bounces."""
