"""Who asks and what may they do: permissions, roles, people, the policy door. No pages."""
