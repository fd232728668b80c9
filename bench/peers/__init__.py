"""The provider beside the npm package oidc-provider, doing the same work on the same machine in turns."""
