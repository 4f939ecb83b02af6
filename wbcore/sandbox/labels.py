"""Stickers of assembly orders, as WB's imitation draws them: in WB's formats, no two alike."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import Final

SIZES: Final = {(58, 40): (580, 400), (40, 30): (400, 300)}
"""Millimetres as WB's parameters name them -> pixels of the picture."""
FORMATS: Final = ("png", "svg", "zplv", "zplh")


def label(order_id: int, form: str, size: tuple[int, int]) -> dict[str, object]:
    """A row of the answer: ``file`` is the whole sticker, base64."""
    part_a, part_b = f"{order_id:013d}"[-11:-4], f"{order_id % 10_000:04d}"
    return {
        "orderId": order_id,
        "partA": part_a,
        "partB": part_b,
        "barcode": f"!u{order_id:x}",
        "file": b64encode(_drawn(order_id, form, SIZES[size])).decode(),
    }


def _drawn(order_id: int, form: str, pixels: tuple[int, int]) -> bytes:
    width, height = pixels
    if form == "png":
        return png(width, height, _bars(order_id, width))
    if form == "svg":
        bars = "".join(
            f'<rect x="{x}" y="{height // 8}" width="1" height="{height // 2}"/>'
            for x, black in enumerate(_bars(order_id, width))
            if black
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{bars}</svg>'.encode()
        )
    turned = "R" if form == "zplv" else "N"
    return f"^XA^FO20,20^BC{turned},{height // 2}^FD{order_id}^FS^XZ".encode()


def _bars(order_id: int, width: int) -> list[bool]:
    """Black columns: a mark at each end, between them the order's number in bits."""
    bits = f"1101{order_id:064b}1011"
    unit = (width - width // 10) // len(bits)
    start = (width - unit * len(bits)) // 2
    row = [False] * width
    for n, bit in enumerate(bits):
        for x in range(start + n * unit, start + (n + 1) * unit):
            row[x] = bit == "1"
    return row


def png(width: int, height: int, bars: list[bool]) -> bytes:
    """A picture of black columns on white, one bit a pixel."""
    inked, blank = _packed(bars), _packed([False] * width)
    top, bottom = height // 8, height - height // 4
    rows = b"".join(b"\0" + (inked if top <= y < bottom else blank) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _packed(black: list[bool]) -> bytes:
    bits = [*(not one for one in black), *([True] * (-len(black) % 8))]
    octets = (bits[start : start + 8] for start in range(0, len(bits), 8))
    return bytes(sum(bit << (7 - n) for n, bit in enumerate(octet)) for octet in octets)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
