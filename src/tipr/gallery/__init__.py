"""One directory a user can copy: which pictures there are, their vectors and an index over them."""
