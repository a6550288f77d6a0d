"""What our seams add to botocore's answers, for who knows of it."""

from __future__ import annotations

# For who reads versions: in which order they ("V") and the delete markers ("D") stood, which botocore tells apart.
ORDER = "cloudkit_order"
# The answer said that it is encoded, and held nothing that is.
NOTHING_ENCODED = "cloudkit_nothing_encoded"
