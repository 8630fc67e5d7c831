# METADATA
# scope: package
# title: Mortgages
# description: When a person looks at an application before the scorecard's answer counts.
# custom:
#   scope: {action: [mortgage.decide]}
package mortgages

import rego.v1

# METADATA
# title: The scorecard is not sure
# custom:
#   version: 1
#   verdict: escalate
#   needs: [facts.confidence]
#   person: {en: "The computer was not sure about your application, so a person will look at it first."}
scorecard_unsure if to_number(input.facts.confidence) < data.mortgages.least_confidence

# METADATA
# title: The loan is nearly as large as the value of the property
# custom:
#   version: 1
#   verdict: escalate
#   needs: [inputs.lvrat]
#   person: {en: "The loan is nearly as large as the value of your home, so a person will look at it first."}
loan_near_value if to_number(input.inputs.lvrat) > data.mortgages.most_loan_to_value
