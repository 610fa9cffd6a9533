"""The policy pack: ValidatingAdmissionPolicies as files hold them, and what they decide about an object."""

from __future__ import annotations

from kataform.policies.files import CASES, load
from kataform.policies.inventory import Inventory
from kataform.policies.pack import Pack
from kataform.policies.rule import Rule

__all__ = ["CASES", "Inventory", "Pack", "Rule", "load"]
