"""A few clients at the same record at once: is there an order in which what they saw makes sense?

A history is what each client asked and was answered, and when. It is linearisable if each request
can be given one moment between its call and its answer, so that one after the other, in the order
of these moments, a record of one plain variable would have answered the same.

`python -m tests.assurance.linearity --histories 2000 --seed 1` makes histories on a stack of its
own and checks them.
"""
