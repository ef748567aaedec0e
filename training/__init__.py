"""What trains the starter model: rendered scenes, the network, its figures. Never imported by the product\x27s rooms."""
