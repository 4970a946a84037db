"""A module a carrier: its documented wire format, spoken from the sandbox's own vocabulary of scans."""
