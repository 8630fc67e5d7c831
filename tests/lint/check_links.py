#!/usr/bin/env python3
"""What a program reaches: no database, no network. Given the program; prints why not."""

import re
import subprocess
import sys

LIBRARIES = re.compile(r"lib(pq|pqxx|grpc|protobuf|curl|ssl|cares|address_sorting)\b")
SYMBOLS = re.compile(r"\b(PQ[a-z]\w*|socket|connect|bind|listen|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg|"
                     r"getaddrinfo|gethostbyname\w*|\w*(?:pqxx|grpc)\w*)\b")


def reaches(libraries: str, symbols: str) -> list[str]:
    """What is wrong with a program, by the words of ldd and nm."""
    linked = [line.split()[0] for line in libraries.splitlines() if line.split()]
    found = [f"is linked to {name}" for name in linked if LIBRARIES.match(name)]
    for line in symbols.splitlines():
        name = line.split()[-1].split("@")[0] if line.split() else ""
        if SYMBOLS.fullmatch(name):
            found.append(f"calls {name}")
    return found


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    wrong = reaches(said("ldd", sys.argv[1]), said("nm", "--undefined-only", sys.argv[1]))
    for one in wrong:
        print(f"{sys.argv[1]}: {one}")
    sys.exit(1 if wrong else 0)
