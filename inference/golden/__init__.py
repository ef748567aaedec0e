"""Answers of real Detectron2, kept as case folders, and whether the `rcnn` backend gives the same.

A case stores no weights: `weights` makes them from their names, as for the stored answers.
"""
