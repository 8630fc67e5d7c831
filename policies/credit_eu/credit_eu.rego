# METADATA
# scope: package
# title: Credit in the European Union
# description: What the Consumer Credit Directive asks where a computer assesses creditworthiness. Member
#   States may ask for more.
package credit_eu

import future.keywords.not
import rego.v1

# METADATA
# title: Forbidden credit data
# description: Creditworthiness is not assessed on special categories of data, nor on what stands in social
#   networks. Take the data out.
# custom:
#   version: 1
#   source: Directive (EU) 2023/2225 Art. 18(3)
#   status: in_force
#   in_force_from: 2026-11-20
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [credit], jurisdiction: [eu], stage: [decide]}
#   person:
#     en: Something about you would have been used that must not count for credit, so we stopped it. A person will look at your application without it.
#     de: Es wäre etwas über Sie verwendet worden, das bei einem Kredit nicht zählen darf, deshalb haben wir es angehalten. Ein Mensch sieht sich Ihren Antrag ohne das an.
p_ccd2_data if {
	data.lib.concerns_person
	"social_network" in data.lib.values("data_sources")
} else if {
	data.lib.concerns_person
	input.person.special_category
} else if {
	data.lib.concerns_person
	some datum in input.data_used
	datum.special_category
}

# METADATA
# title: Automated credit refusal
# description: Before a refusal that a computer took part in takes effect, the person is told that it did,
#   which databases were asked, and how to have a human assess it. Give notice `ccd2_refusal`, record it,
#   ask again. Record the outcome with `adverse` first.
# custom:
#   version: 1
#   source: Directive (EU) 2023/2225 Art. 18(8) and (9)
#   status: in_force
#   in_force_from: 2026-11-20
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: ccd2_refusal
#   scope: {domain: [credit], jurisdiction: [eu], stage: [effect]}
#   person:
#     en: A computer took part in this refusal. You can ask a person to look at it again, and tell them what you think.
#     de: An dieser Absage hat ein Computer mitgewirkt. Sie können verlangen, dass ein Mensch noch einmal darauf sieht, und ihm Ihre Sicht sagen.
p_ccd2_human if {
	untold_of_refusal
	data.lib.outcome.adverse
	computer_takes_part
} else := {"missing": ["facts.adverse"]} if {
	untold_of_refusal
	not is_boolean(data.lib.outcome.adverse)
	not data.lib.fact("planned_automation") == "human_only"
} else := {"missing": ["facts.planned_automation"]} if {
	untold_of_refusal
	data.lib.outcome.adverse
	not data.lib.fact("planned_automation")
}

untold_of_refusal if {
	data.lib.concerns_person
	not data.lib.noticed("ccd2_refusal")
}

computer_takes_part if data.lib.fact("planned_automation") in {"ai_assist", "human_in_loop", "solely_automated"}
