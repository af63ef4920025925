"""Reading programme names and comparing offers: pure functions without database, clock or pages.

==================  ==============================================================================
reading.read_name   a name -> school years, step, credits, scheme, subject, people, focus; each with evidence
profiles            an offer as the matching sees it
overlap             different institutions, same content, same people, same time
duplicates          the same offer twice at one provider
clusters            cases without chaining
nearest             where displaced applicants could go
defaults            every number used, for the rule register
==================  ==============================================================================
"""
