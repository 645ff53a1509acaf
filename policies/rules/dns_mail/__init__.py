"""DNS and mail: records that lead somewhere, an origin that is hidden, mail that nobody forges."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import certificates, mail, records, targets

RULES: Final[tuple[Rule, ...]] = (
    *targets.RULES,
    *records.RECORD_RULES,
    *certificates.CERTIFICATE_RULES,
    *mail.RULES,
)
