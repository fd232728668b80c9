"""Whole sign-ins, page after page as a browser walks them, by a crowd of light clients in processes of their own."""
