"""Text from outside goes to a language model as data, inside a fence that the text itself cannot close.

The fence is a pair of tags. Within it no angle bracket survives, so neither the closing tag nor a chat template's
control tokens (``<|im_start|>``, ``</s>``, ``<start_of_turn>``) can be spelt; the bracketed ones of the Mistral and
Llama 2 families (``[INST]``) lose their brackets. The fence does not stop a model from obeying what it reads there:
that is for the instruction in the system message and for the verification of what the model wrote.
"""

from __future__ import annotations

import re
import unicodedata

# Every character that is, or that Unicode normalisation or a reader may take for, an angle bracket.
_ANGLES = str.maketrans(
    dict.fromkeys("<\uff1c\ufe64\u2329\u3008\u27e8\u276e\u2770", "\u2039")
    | dict.fromkeys(">\uff1e\ufe65\u232a\u3009\u27e9\u276f\u2771", "\u203a")
)
_CONTROL_WORD = re.compile(r"\[(/?\s*[A-Z][A-Z_]{2,}\s*)\]")
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
_KEPT_CONTROLS = "\n\t"


def fence(kind: str, text: str) -> str:
    """Fence ``text`` as data of a ``kind`` ("indication", "question"); the kind is ours, never from outside."""
    return f"<{kind}>\n{escape(text)}\n</{kind}>"


def escape(text: str) -> str:
    """Text that can spell no fence and no control token; otherwise as it was, less its invisible characters."""
    return _CONTROL_WORD.sub(r"(\1)", visible(text).translate(_ANGLES)).strip()


def visible(text: str) -> str:
    """Text without control, formatting (zero-width, bidirectional) and private characters; lines end in a line feed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in _KEPT_CONTROLS or unicodedata.category(c) not in _INVISIBLE)
