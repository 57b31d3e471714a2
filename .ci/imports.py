"""Prints what a WebAssembly module imports from its host, and fails if it imports anything."""

import sys


def number(data, at):
    """An unsigned LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def name(data, at):
    length, at = number(data, at)
    return data[at : at + length].decode(), at + length


def imports(data):
    assert data[:8] == b"\0asm\1\0\0\0", "not a WebAssembly module"
    at = 8
    while at < len(data):
        section, at = data[at], at + 1
        size, at = number(data, at)
        if section == 2:
            count, inner = number(data, at)
            for _ in range(count):
                module, inner = name(data, inner)
                field, inner = name(data, inner)
                yield f"{module}.{field}"
                kind, inner = data[inner], inner + 1
                if kind == 0:
                    _, inner = number(data, inner)
                else:
                    return  # a table, a memory or a global: told already, and enough to fail
        at += size


found = list(imports(open(sys.argv[1], "rb").read()))
print(f"{sys.argv[1]}: {len(found)} imports {found}")
sys.exit(bool(found))
