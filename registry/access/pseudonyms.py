"""Applicants' pseudonyms: ``key id:HMAC-SHA256(key, purpose | national id)``.

An unkeyed hash of a national id falls to a search in about a minute; the key lies outside the database. ``purpose`` keeps
pseudonyms of one use from being joined with those of another.
"""

import hashlib
import hmac

PURPOSE = "application"


def pseudonym(national_id: str, *, key: str, key_id: str, purpose: str = PURPOSE) -> str:
    """The applicant's key: at most 80 characters. ``key`` is the secret of ``Settings.secret("pseudonym_key")``."""
    digest = hmac.new(key.encode(), f"{purpose}|{national_id}".encode(), hashlib.sha256).hexdigest()
    return f"{key_id}:{digest}"


def demo_applicant(name: str) -> str:
    """The key of an invented applicant, who has no national id to protect."""
    return f"demo:{hashlib.sha256(name.encode()).hexdigest()[:48]}"


def short_form(applicant_key: str) -> str:
    """Eight characters that people can read aloud: "A1B2-C3D4". Enough to tell applicants of one run apart."""
    digest = applicant_key.rpartition(":")[2].upper()
    return f"{digest[:4]}-{digest[4:8]}"
