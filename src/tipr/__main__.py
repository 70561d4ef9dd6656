"""`python -m tipr`: the same as the command `tipr`."""

from tipr.cli import main

if __name__ == "__main__":
    main()
