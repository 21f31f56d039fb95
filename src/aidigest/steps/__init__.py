"""The verbs: poll, compose, deliver. Each is safe to run again at any time."""
