"""Demo data: a plausible year of the Board, produced by the portal's own actions."""

from cmp_portal.demo.seeding import NotLoaded, is_seeded, seed
from cmp_portal.demo.signins import sign_ins_text

__all__ = ["NotLoaded", "is_seeded", "seed", "sign_ins_text"]
