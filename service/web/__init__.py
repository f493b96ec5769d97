"""The HTTP face: one file a resource."""
