"""The administrator's room: sign in, invite, grant, log."""
