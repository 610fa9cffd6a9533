"""kataform: the GitOps tree of OpenShift sandboxed containers, generated, checked at the source line, and fixed."""

__version__ = "0.1.0"
