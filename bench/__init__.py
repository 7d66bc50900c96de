"""How fast Hearth is, measured on its real parts. Knows every package; nothing of Hearth knows it."""
