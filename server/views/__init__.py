"""The pages: one module a group of them. Views read and show; what changes anything goes through server.store."""
