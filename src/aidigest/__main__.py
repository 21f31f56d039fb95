"""`python -m aidigest` is the `aidigest` command."""

from aidigest.cli import main

if __name__ == "__main__":
    main()
