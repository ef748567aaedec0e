"""Detectron2's detectors in plain PyTorch: R-CNN in C4, DC5 and FPN shape, TridentNet, RetinaNet.

Box for box what Detectron2 answers, without Detectron2 or torchvision. `reading` makes a NetworkConfig of Detectron2's
settings, `state` a network of it and a checkpoint's values, `pipeline` boxes of images. PyTorch is an extra and
imported only by the modules that compute.
"""
