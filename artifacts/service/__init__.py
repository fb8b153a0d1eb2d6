"""What can be asked for: one public method per verb, callable without HTTP."""
