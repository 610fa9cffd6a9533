"""ValidatingAdmissionPolicies, decided offline as kube-apiserver decides them."""

from __future__ import annotations

from kubecel.admission.environment import Extension
from kubecel.admission.evaluation import DENY, ERROR, UNDECIDABLE, Params, Verdict, default_binding, evaluate, no_params
from kubecel.admission.fields import PolicyError, Problem
from kubecel.admission.kinds import Kinds, Resource, built_in, with_more
from kubecel.admission.policy import Binding, ParamKind, Policy
from kubecel.admission.request import Request, User
from kubecel.evidence import Evidence

__all__ = [
    "DENY",
    "ERROR",
    "UNDECIDABLE",
    "Binding",
    "Evidence",
    "Extension",
    "Kinds",
    "ParamKind",
    "Params",
    "Policy",
    "PolicyError",
    "Problem",
    "Request",
    "Resource",
    "User",
    "Verdict",
    "built_in",
    "default_binding",
    "evaluate",
    "no_params",
    "with_more",
]
