"""How Hearth is put on machines. No part of the program: nothing in `services` or `runtime` imports it."""
