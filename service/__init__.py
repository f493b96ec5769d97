"""The service: studies, drafts and conversations over HTTP, and everything that keeps them."""
