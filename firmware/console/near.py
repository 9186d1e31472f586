"""The word that was probably meant. Loaded when one was not understood."""

_FEW_EDITS = 2


def nearest(word, names):
    """ ", did you mean 'status'?" or nothing, by the number of letters to change."""
    best, least = None, min(_FEW_EDITS, len(word) // 2) + 1
    for name in names:
        if abs(len(name) - len(word)) < least:
            edits = distance(word[:24], name)
            if edits < least:
                best, least = name, edits
    return ", did you mean %r?" % best if best else ""


def distance(a, b):
    """Edits (insert, delete, replace) from one word to the other."""
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        last, row[0] = row[0], i + 1
        for j in range(len(b)):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (a[i] != b[j]))
    return row[len(b)]
