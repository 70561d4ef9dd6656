"""The two doors used by training and serving alike: sentences to ids, pictures to pixels."""
