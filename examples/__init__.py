"""Programs that show how the provider is used: a relying application and the demo's mailbox.

They talk to the provider over HTTP only and import no room of it, so that an application team can copy them.
"""
