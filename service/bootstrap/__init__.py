"""The one place that knows concrete classes: settings in, a working service out. ``services.build`` is the whole."""
