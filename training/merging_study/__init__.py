"""How boxes of overlapping patches become animals: our merge beside others, on rendered herds with exact truth."""
