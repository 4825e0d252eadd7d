"""How many hosts a minute one controller collects from and judges, and what each costs it."""
