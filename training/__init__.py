"""What trains the starter model: rendered scenes, the network, its figures. Never imported by the product's rooms."""
