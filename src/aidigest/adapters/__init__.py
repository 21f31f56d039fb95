"""What touches the world: network, disk, database, clock; one module for each thing touched."""
