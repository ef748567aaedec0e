"""Looks at everything that Kopje needs, and says of each thing in one line whether it is well, or what to do.

`front` and `machine` use the standard library only: the doctor must also come where a package is missing.
"""
