"""Enforcers: bring the wished blocks about, and say what is really in force."""
