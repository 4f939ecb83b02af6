# The page of token health: the problem in the row, how it is known, what a check costs.
page-health-only-troubled = Only keys with problems
page-health-no-trouble = No key has a problem.
page-health-problem = Problem
page-health-steps-below = What to do about each problem is written in its steps.
page-health-worked-until = worked until { $at }
page-health-evidence-probe = Wildberries answered so at { $at }
page-health-evidence-token = Known without a request: from the token, or from another key
page-health-evidence-none = Not asked yet
page-health-has-problem = has a problem
page-health-partly = works, not all checked
