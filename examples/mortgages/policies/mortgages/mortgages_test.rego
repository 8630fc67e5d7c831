package mortgages_test

import future.keywords.not
import rego.v1

asked(confidence, lvrat) := {"facts": {"confidence": confidence}, "inputs": {"lvrat": lvrat}}

test_an_unsure_scorecard_gets_a_person if data.mortgages.scorecard_unsure with input as asked("0.54", "0.5")

test_a_sure_one_does_not if not data.mortgages.scorecard_unsure with input as asked("0.55", "0.5")

test_a_loan_near_the_value_gets_a_person if data.mortgages.loan_near_value with input as asked("0.9", "0.91")

test_a_smaller_one_does_not if not data.mortgages.loan_near_value with input as asked("0.9", "0.9")
