"""C++ text without its comments and the contents of its strings, line for line."""

import re

_PIECE = re.compile(
    r"""R"(?P<mark>[^()\\\s]{0,16})\((?P<raw>.*?)\)(?P=mark)"   # A raw string.
      | //[^\n]* | /\*.*?\*/                                    # Comments.
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+'               # Literals.
    """,
    re.DOTALL | re.VERBOSE,
)


def bare(text: str) -> str:
    """`text` with blanks for comments and literals; lines keep their numbers.

    The file names of #include lines stay, so that they can be looked at.
    """

    def blank(match: re.Match) -> str:
        piece = match.group(0)
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if piece.startswith('"') and before.lstrip().startswith("#include"):
            return piece
        return re.sub(r"[^\n]", " ", piece)

    # A digit separator is no quotation mark.
    return _PIECE.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text))


def literals(text: str) -> list[tuple[int, str]]:
    """Offset and content of each string literal."""
    found = []
    for match in _PIECE.finditer(re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text)):
        if match.group("raw") is not None:
            found.append((match.start(), match.group("raw")))
        elif match.group(0).startswith('"'):
            found.append((match.start(), match.group(0)[1:-1]))
    return found
