# METADATA
# scope: package
# title: Rules of the forms that policies are written in
package sample.refunds

import rego.v1
import future.keywords.not

# METADATA
# custom: {version: 1, verdict: escalate, needs: [facts.amount]}
refund_above_limit if to_number(input.facts.amount) > data.sample.limits.amount

# METADATA
# custom: {version: 1, verdict: deny}
emotion_at_work if {
	input.facts.infers_emotion
	input.facts.setting in {"workplace", "education"}
} else := {"missing": ["facts.setting"]} if {
	input.facts.infers_emotion
	not input.facts.setting
}

# METADATA
# custom: {version: 1, verdict: deny}
stolen_purpose if {
	some item in input.data_used
	item.collected_for != input.facts.purpose
	not permitted(item.collected_for, input.facts.purpose)
}

permitted(from, to) if some pair in data.sample.compatible; pair == [from, to]

permitted("support", _)

# METADATA
# custom: {version: 1, verdict: deny}
unapproved_model if not approved

approved if {
	version := input.registry.version
	version.state == "approved"
	input.facts.purpose in version.approved_for
	input.time < version.approved_until
}

# METADATA
# custom: {version: 1, verdict: notice}
ai_not_disclosed := {"notice": kind} if {
	kind := "ai"
	input.person.kind == "consumer"
	every notice in input.notices { notice.kind != kind }
}

# METADATA
# custom: {version: 1, verdict: allow}
duties := {"obligations": obligations} if count(obligations) > 0

obligations contains {"type": "retain_until", "due": due} if {
	some category in {item.category | some item in input.data_used}
	due := data.sample.retention[category]
}

obligations contains {"type": "step_up"} if object.get(input.facts, "confidence", "0") < "0.50"

# METADATA
# custom: {version: 1, verdict: transform}
cut_amount := {"changes": [{"path": "/action/amount", "value": sprintf("%v", [most])}]} if {
	most := min([to_number(input.limits.amount), data.sample.limits.amount])
	to_number(input.facts.amount) > most
}

# METADATA
# custom: {version: 1, verdict: deny}
tool_not_listed if {
	startswith(input.facts.action, "tool.")
	name := trim_prefix(input.facts.action, "tool.")
	not name in input.registry.system.allowed_tools
}

# METADATA
# custom: {version: 1, verdict: escalate}
repeated if {
	earlier := [e | some e in input.earlier; e.type == "authorized"; e.facts.action == input.facts.action]
	count(earlier) >= 3
}

# METADATA
# custom: {version: 1, verdict: deny}
secret_inside if {
	walk(input.inputs, [path, value])
	path[count(path) - 1] in {"password", "secret"}
	value != null
}

# METADATA
# custom: {version: 1, verdict: deny}
asleep if {
	[hour, _, _] := time.clock([input.time_ns, "Europe/Berlin"])
	hour < 6
	regex.match(`^(call|sms)\b`, input.facts.action)
}
