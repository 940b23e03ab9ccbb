"""Access to AWS, and value types that every module needs: time, money, ids, fields, errors.

Modules here import no other part of Brook.
"""
