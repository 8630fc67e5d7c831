"""Reads the protos, as far as the lint needs: messages, enums and methods with their comments."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'(?P<blank>\n[ \t]*\n)|(?P<comment>//[^\n]*)|"(?:\\.|[^"\\])*"|[\w.]+|[^\s]')


@dataclass
class Field:
    name: str
    type: str
    label: str  # repeated, optional or empty.
    comment: str
    line: int
    rule: dict[str, str] | None  # Of (candor.v1.rule), or None.


@dataclass
class Message:
    name: str
    path: str
    line: int
    fields: list[Field] = field(default_factory=list)


@dataclass
class Enum:
    name: str
    path: str
    line: int
    zero: str = ""


@dataclass
class Method:
    name: str
    path: str
    line: int
    comment: str
    service_comment: str


@dataclass
class File:
    messages: list[Message] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)
    methods: list[Method] = field(default_factory=list)


class _Reader:
    def __init__(self, path: str, text: str):
        self.path = path
        self.tokens: list[tuple[str, int, str]] = []  # Token, line, comment before it.
        comment: list[str] = []
        for match in _TOKEN.finditer(text):
            if match.group("comment"):
                comment.append(match.group("comment").lstrip("/").strip())
            elif match.group("blank"):
                comment = []
            else:
                line = text.count("\n", 0, match.start()) + 1
                self.tokens.append((match.group(0), line, "\n".join(comment)))
                comment = []
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, int, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def until(self, *ends: str) -> list[str]:
        """Takes what stands before one of `ends`, brackets aside, and that too."""
        taken, depth = [], 0
        while self.at < len(self.tokens):
            token = self.take()[0]
            if depth == 0 and token in ends:
                break
            depth += (token in "{[(") - (token in "}])")
            taken.append(token)
        return taken

    def file(self) -> File:
        file = File()
        while self.peek():
            word, line, comment = self.take()
            if word == "message":
                self.message(file, line)
            elif word == "enum":
                self.enum(file, line)
            elif word == "service":
                self.service(file, comment)
            elif word == "extend":
                self.until("{")
                self.until("}")
            else:
                self.until(";")
        return file

    def message(self, file: File, line: int) -> None:
        message = Message(self.take()[0], self.path, line)
        file.messages.append(message)
        self.take()  # {
        while self.peek() != "}":
            self.member(file, message)
        self.take()

    def member(self, file: File, message: Message) -> None:
        word, line, comment = self.take()
        if word == "message":
            self.message(file, line)
        elif word == "enum":
            self.enum(file, line)
        elif word == "oneof":
            self.until("{")
            while self.peek() != "}":
                self.member(file, message)
            self.take()
        elif word in ("reserved", "option", "extensions"):
            self.until(";")
        else:
            label = word if word in ("repeated", "optional") else ""
            kind = self.take()[0] if label else word
            if kind == "map":
                kind += "".join(self.until(">")) + ">"
            name = self.take()[0]
            rest = self.until(";")
            message.fields.append(Field(name, kind, label, comment, line, _rule(rest)))

    def enum(self, file: File, line: int) -> None:
        enum = Enum(self.take()[0], self.path, line)
        file.enums.append(enum)
        self.take()  # {
        while self.peek() != "}":
            statement = self.until(";")
            if statement[1:3] == ["=", "0"]:
                enum.zero = statement[0]
        self.take()

    def service(self, file: File, service_comment: str) -> None:
        self.until("{")
        while self.peek() != "}":
            word, line, comment = self.take()
            if word == "rpc":
                file.methods.append(Method(self.peek(), self.path, line, comment, service_comment))
            self.until(";")
        self.take()


def _rule(rest: list[str]) -> dict[str, str] | None:
    text = " ".join(rest)
    match = re.search(r"\( candor\.v1\.rule \) = \{(.*?)\}", text)
    if not match:
        return None
    return {name: value.strip('"') for name, value in re.findall(r'(\w+) : ("[^"]*"|[\w.]+)', match.group(1))}


def read_file(path: str, text: str) -> File:
    return _Reader(path, text).file()
