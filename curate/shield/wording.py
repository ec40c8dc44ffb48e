"""a word of a question -> how much it says: nothing if any question may have it, else a word, or half a one if it is a character"""

from __future__ import annotations

import functools

# Chosen on 2,100 exam questions of nine collections: what is left of 'Which of the following is true about X?' must be X. Negations stay:
# 'Which is not seen in X?' is another question than 'Which is seen in X?'
_WORDS = """
a an the this that these those such same other another each every any all both some i you he she it we they him her his hers its
their our my your me us them one who whom whose which what when where why how is are was were be been being am do does did done
doing has have had having can could will would shall should may might must of in on at to from by with for as into onto over
under between among during after before about regarding concerning and or but if than then so also too very more most there here
out up down off s t following true correct statement statements option options answer answers question choose select consider
considered likely best appropriate next step single called known seen used common commonly usually example given found shown
patient patients
"""
_ANYBODYS = frozenset(_WORDS.split())
_ANYBODYS_CHARACTERS = frozenset("下列哪项种个些是的为有在中属于何者关叙述说法正确患最可能应该首选什么以及与和其对此时一")


def is_character(word: str) -> bool:
    """Of a script written without spaces: two of them are about a word."""
    return len(word) == 1 and not word.isascii()


@functools.lru_cache(1 << 16)  # asked of every word of every evaluation set
def length(word: str) -> float:
    """In words."""
    return 0.5 if is_character(word) else 1.0


@functools.lru_cache(1 << 16)
def own(word: str) -> float:
    """In words; 0 for what any question may have."""
    return 0.0 if word in _ANYBODYS or word in _ANYBODYS_CHARACTERS else length(word)
