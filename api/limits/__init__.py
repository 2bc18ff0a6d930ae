"""How often somebody may knock: signing in, and asking at all. Knows no HTTP."""
