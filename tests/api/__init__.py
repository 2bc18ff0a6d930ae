"""Tests of api/ and of the commands that share its services."""
