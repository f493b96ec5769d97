"""``cxr evaluate experts``: every figure of the cards again, from the films themselves, with tables and plots."""
