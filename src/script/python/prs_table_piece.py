"""What the readers of tables are told of their memory. Imports nothing of ours, since the readers are used without the host, too."""

from collections import namedtuple

ZERO_BYTE, LONE_RETURN, HEXADECIMAL, NOT_ASCII = 1, 2, 4, 8  # traits of a text (dataset/text_traits.hpp)

Piece = namedtuple("Piece", "path byte_offset size items header traits")
Piece.__doc__ = """What a piece of a table file became: its records take `size` bytes of the memory, behind those of the pieces before it.
`byte_offset`: where the first of them begins in the file; `header`: the bytes of the file's header record, or None; `traits`: those of
its text, added up."""
