"""Applicant, admissions office and owner: apply, endorse, decide, answer, start, complete."""
