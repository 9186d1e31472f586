"""Unintentional islands: how soon the firmware sees one that no passive element sees, and what never fools it.

python -m tools.islanding            the matrix of IEC 62116, with and without the dither; a picture and a page
"""
