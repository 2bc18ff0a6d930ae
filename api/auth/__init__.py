"""Who may come in: passwords, tokens, tickets, sessions."""
