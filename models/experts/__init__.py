"""The experts, one a file. Each exposes ``build(options) -> Expert`` and is an entry point of ``cxr.experts``."""
