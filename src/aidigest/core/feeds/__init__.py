"""What a feed is, what its answer says, and what makes an entry the same one again."""
