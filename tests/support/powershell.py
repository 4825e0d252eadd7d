"""What a PowerShell grammar says of a script, where no PowerShell runs."""

from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

POWERSHELL = Parser(Language(tree_sitter_powershell.language()))


def mistakes(text: str) -> list[str]:
    """What a PowerShell grammar does not take, as line and text."""
    return [_shown(node) for node in _nodes(text) if node.is_error or node.is_missing]


def flattened(text: str) -> list[str]:
    """Lists in @( ) that PowerShell spills into the outer one, because no comma stands between them or before the only one."""
    found = []
    for outer in _nodes(text):
        if outer.type == "array_expression":
            statements = [node for block in outer.named_children if block.type == "statement_list" for node in block.named_children]
            found += [_shown(inner) for inner in map(_bare, statements) if inner.type == "array_expression"]
    return found


def _bare(node: Node) -> Node:
    """What an expression is when the layers around it that add nothing are taken away."""
    while node.type != "array_expression" and node.named_child_count == 1 and node.named_children[0].text == node.text:
        node = node.named_children[0]
    return node


def _nodes(text: str) -> Iterator[Node]:
    waiting: list[Node] = [POWERSHELL.parse(text.encode()).root_node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def _shown(node: Node) -> str:
    return f"line {node.start_point[0] + 1}: {(node.text or b'').decode()[:80]}"
