"""What the service is about: studies, images, reports, conversations, principals, and the errors they raise."""
