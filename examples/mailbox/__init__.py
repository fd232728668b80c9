"""The demo's mailbox: shows the messages that the provider would have sent to members.

Purpose: read what a member would receive, in a browser or by a script, without a mail server. Depends on: Flask and
the `.eml` files that the provider's file transport writes. Must not know: any room of the provider.
"""
