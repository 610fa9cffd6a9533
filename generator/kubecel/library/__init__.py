"""The functions of CEL in Kubernetes, each with its signature, its implementation and the first server with it."""
