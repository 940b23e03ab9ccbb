"""AWS and the values that every module needs: table, bucket, stream, time, money, errors.

A module here imports no other part of Brook.
"""
