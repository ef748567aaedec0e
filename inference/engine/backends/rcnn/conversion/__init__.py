"""A Detectron2 configuration and checkpoint into a model folder, without running anything that they contain.

`configfile` reads the configuration, `checkpoint` the weights by way of `reader`, a process of its own; `caffe2` knows
the names of older files, and `folder` writes what comes out.
"""
