"""The REST resources, one file each; they translate HTTP to services."""
