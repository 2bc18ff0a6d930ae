"""What users can do, without HTTP."""
