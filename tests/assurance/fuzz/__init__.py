"""Requests that a machine makes up from the OpenAPI document, and what must be true of each answer.

| file        | what it does                                                                     |
|-------------|----------------------------------------------------------------------------------|
| world.py    | an organization with two of everything, made anew as often as it is needed        |
| recipes.py  | how each thing is made                                                            |
| callers.py  | who sends: people with every right and none, and tokens that are none             |
| filling.py  | puts ids that are there, and words that fit, where the made-up ones stood         |
| cases.py    | the cases of an operation: made up, with a value spoiled, systematically probed   |
| judging.py  | what must be true of an answer, and of what can be read after it                  |
| tally.py    | how many of what, and what was found                                              |
| campaign.py | goes through all operations, round by round                                       |

`python -m tests.assurance.fuzz --cases 50000 --seed 1` is the long run.
"""
