"""English words that say nothing of how a person looks: a map of them would explain nothing."""

_WORDS = """
a an the this that these those some any another other both each
he she it they him her them his hers its their theirs who whom whose which what
i me my we us our you your someone somebody one
and or but nor while as than then also too so
of in on at by to from with without into onto over under up down off out for about around
across along through towards toward behind
is are was were be been being am has have had having do does did can could may might will
would shall should must seems seem appears appear
wear wears wearing dressed there here not no very quite rather just only possibly probably maybe
"""
FUNCTION_WORDS = frozenset(_WORDS.split())


def says_something(word: str) -> bool:
    """Whether a word (lower case, without punctuation around it) may be seen in a picture."""
    return any(letter.isalnum() for letter in word) and word not in FUNCTION_WORDS
