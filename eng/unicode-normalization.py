#!/usr/bin/env python3
"""Writes the table that MoELab's Unicode normalization reads: python3 eng/unicode-normalization.py > FILE.

.NET's own normalization does nothing under InvariantGlobalization, which MoELab builds with, so the table is ours. One line per
character: 'C' canonical or 'K' compatibility decomposition, in full; 'X' canonical, but never composed again; 'O' a range and its
combining class.
"""
import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)
points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and c not in HANGUL]


def codes(text):
    return " ".join(f"{ord(c):X}" for c in text)


print(f"# Unicode {unicodedata.unidata_version}. Copyright Unicode, Inc.; Unicode License v3, https://www.unicode.org/license.txt")
for c in points:
    character = chr(c)
    canonical = unicodedata.normalize("NFD", character)
    compatible = unicodedata.normalize("NFKD", character)
    if canonical != character:
        print("C" if unicodedata.normalize("NFC", character) == character else "X", f"{c:X}", codes(canonical))
    if compatible != canonical:
        print("K", f"{c:X}", codes(compatible))
start = None
for c in range(0x110001):
    order = unicodedata.combining(chr(c)) if c < 0x110000 else 0
    if start is not None and order != start[1]:
        print(f"O {start[0]:X} {c - 1:X} {start[1]}")
        start = None
    if start is None and order:
        start = (c, order)
sys.stdout.flush()
