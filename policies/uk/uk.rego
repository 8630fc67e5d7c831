# METADATA
# scope: package
# title: United Kingdom
# description: Articles 22A to 22D of the UK GDPR, which took the place of Article 22 there. What the pack of
#   the GDPR asks of data holds in the United Kingdom too.
package uk

import future.keywords.not
import rego.v1

# METADATA
# title: Significant decision without safeguards
# description: A significant decision without meaningful human involvement needs the safeguards `human`,
#   `view` and `contest` in the registry, and a ground for special categories (explicit consent or a
#   substantial public interest). State `planned_automation` and `expected_effect`; "no weight" or a
#   human's part is enough.
# custom:
#   version: 1
#   source: UK GDPR Art. 22B and 22C
#   status: in_force
#   in_force_from: 2026-02-05
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [gb], stage: [decide, effect]}
#   person:
#     en: You could not have reached a person about this, or it would have used very private data, so nothing was decided. Please write to us, and a person will answer.
#     de: Sie hätten dazu keinen Menschen erreicht, oder es wären sehr private Daten verwendet worden, deshalb wurde nichts entschieden. Schreiben Sie uns gern, ein Mensch antwortet Ihnen.
p_uk_22 if {
	significant_decision
	objectionable
} else := {"missing": sort(unsaid)} if {
	count(unsaid) > 0
	objectionable
}

concerned if {
	data.lib.concerns_person
	not input.facts.legal_basis in {"not_personal", "non_gdpr"}
}

significant_decision if {
	concerned
	input.facts.planned_automation == "solely_automated"
	input.facts.expected_effect in {"legal", "similarly_significant"}
}

# What would tell whether it is one, and was not said.
unsaid contains "facts.planned_automation" if {
	concerned
	not input.facts.planned_automation
	not input.facts.expected_effect == "none"
}

unsaid contains "facts.expected_effect" if {
	concerned
	not input.facts.expected_effect
	not input.facts.planned_automation in {"human_only", "ai_assist", "human_in_loop"}
}

objectionable if {
	some safeguard in ["human", "view", "contest"]
	not safeguard in input.registry.system.safeguards
}

objectionable if {
	special_category
	not input.facts.art9_ground in {"explicit_consent", "substantial_public_interest"}
}

special_category if input.person.special_category

special_category if {
	some datum in input.data_used
	datum.special_category
}

# METADATA
# title: Person not told of a significant decision
# description: The person is told of a significant decision without meaningful human involvement. Give notice
#   `privacy_13_14`, record it, ask again.
# custom:
#   version: 1
#   source: UK GDPR Art. 22C(2)(a)
#   status: in_force
#   in_force_from: 2026-02-05
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: privacy_13_14
#   scope: {jurisdiction: [gb], stage: [decide, effect]}
#   person:
#     en: Before a computer decides, you should know how it works and what it means for you. We tell you first.
#     de: Bevor ein Computer entscheidet, sollen Sie wissen, wie er das tut und was es für Sie bedeutet. Das sagen wir Ihnen zuerst.
p_uk_22_notice if {
	significant_decision
	not data.lib.noticed("privacy_13_14")
} else := {"missing": sort(unsaid)} if {
	count(unsaid) > 0
	not data.lib.noticed("privacy_13_14")
}
