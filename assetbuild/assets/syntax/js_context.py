"""What decides in JavaScript whether a slash divides: the brackets around, and what each opened.

In: keywords and brackets as the lexer meets them. Out: whether the last token ended a value.
Refuses to know: offsets, and all tokens but these.
"""

from __future__ import annotations

_CONTROL = frozenset({"if", "while", "for", "with"})
_OPERATORS = frozenset(
    [
        "return",
        "typeof",
        "instanceof",
        "in",
        "of",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "yield",
        "await",
        "extends",
    ]
)
_BLOCK_OPENERS = frozenset({"else", "do", "try", "finally"})
KEYWORDS = _CONTROL | _OPERATORS | _BLOCK_OPENERS | {"function", "class", "async", "default"}
"""The words that change what may follow; after a dot they are plain names."""

_VALUE_END = frozenset({"x", ")", "]", "}", "++", "--"})


class JsContext:
    """The stack of open brackets."""

    def __init__(self) -> None:
        self.after_template = "x"  # what the token after a template piece has before it
        # for each open bracket: its kind, the pending "?" outside, the pending class outside
        self._stack: list[tuple[str, int, str]] = []
        self._kind = "block"  # of the innermost bracket
        self._questions = 0  # of a ? b : c whose colon is still to come, in this bracket
        self._class = ""  # "decl" or "expr" between `class` and its body, in this bracket
        self._function = ""  # the same between `function` and its parameters
        self._async_is_operand = False  # the position of the last `async`
        self._closed = ""  # kind of the bracket closed last
        self._is_label_colon = False  # the last colon ended a label or a case

    def name(self, word: str, prev: str) -> str:
        """Take a keyword; return what it is for the next token."""
        if prev in {".", "?."}:
            return "x"
        if word == "function":
            is_operand = self._async_is_operand if prev == "async" else self._is_operand(prev)
            self._function = "expr" if is_operand else "decl"
            return "x"
        if word == "class":
            self._class = "expr" if self._is_operand(prev) else "decl"
            return "x"
        if word == "async":
            self._async_is_operand = self._is_operand(prev)
        elif word == "await" and prev == "for":
            return "for"
        elif word == "of" and prev not in {"x", "]", "}"}:
            return "x"
        return word

    def bracket(self, char: str, prev: str) -> str:
        """Take a bracket, ``?`` or ``:``; return what it is for the next token."""
        if char == "(":
            self._open(self._paren_kind(prev))
        elif char == "{":
            self._open(self._brace_kind(prev))
        elif char == "[":
            self._open("[")
        elif char == "?":
            self._questions += 1
        elif char == ":":
            self._is_label_colon = self._questions == 0 and self._kind in {"block", "decl", "expr"}
            self._questions = max(0, self._questions - 1)
            self._class = self._function = ""  # it was a key: {class: …}
        else:
            self.close(char)
        return char

    def open_template(self) -> None:
        """Enter a substitution of a template."""
        self._open("${")
        self.after_template = "${"

    def is_in_template(self) -> bool:
        """Tell whether a closing brace would end a substitution."""
        return self._kind == "${"

    def close(self, char: str) -> None:
        """Take a closing bracket; one too many is ignored."""
        if not self._stack:
            self._closed = "("  # )/ divides; a stray brace is taken for a block's
            if char == "}":
                self._closed = "block"
            return
        self._closed = self._kind
        self._kind, self._questions, self._class = self._stack.pop()

    def is_value(self, prev: str) -> bool:
        """Tell whether a value ended before: then a slash divides."""
        if prev == ")":
            return self._closed != "control"
        if prev == "}":
            return self._closed in {"object", "expr"}
        return prev in _VALUE_END

    def _open(self, kind: str) -> None:
        self._stack.append((self._kind, self._questions, self._class))
        self._kind = kind
        self._questions = 0
        self._class = ""

    def _paren_kind(self, prev: str) -> str:
        if self._function:
            kind = "params-" + self._function
            self._function = ""
            return kind
        return "control" if prev in _CONTROL else "("

    def _brace_kind(self, prev: str) -> str:
        """Return what a ``{`` opens: "block", "object", or a body after which comes "expr"."""
        if self._class:
            kind = self._class
            self._class = ""
            return kind
        if prev == ")":
            return "expr" if self._closed == "params-expr" else "block"
        if prev == "=>" or prev in _BLOCK_OPENERS:
            return "block"
        return "object" if self._is_operand(prev) else "block"

    def _is_operand(self, prev: str) -> bool:
        """Tell whether an operand is due after ``prev``, rather than a statement."""
        if prev in _OPERATORS:
            return True
        if prev == ":":
            return not self._is_label_colon
        if prev == "default":
            return False
        return prev not in {"", ";", "{"} | _VALUE_END | _BLOCK_OPENERS | {"async", "for"}
