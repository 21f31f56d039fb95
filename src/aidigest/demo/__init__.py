"""The demo: invented outlets, a server for their feeds, a relay, and the whole job."""
