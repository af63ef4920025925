"""The feed keeper's room: run an import, see what happened to every row, repair."""
