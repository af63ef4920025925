"""The owner's room: competence plan, demand against offers, money by year."""
