# METADATA
# scope: package
# title: Shared
# description: What the packs share. Nothing here is a rule of its own.
package lib

import future.keywords.not
import rego.v1

# What was authorized of this decision; the last time counts.
asked := all_asked[count(all_asked) - 1]

all_asked := [e.facts | some e in input.earlier; e.type == "authorization"]

# What came of this decision: told by this very call, or before.
outcome := input.facts if input.call in {"record", "observe"}

else := facts if facts := all_outcomes[count(all_outcomes) - 1]

all_outcomes := [e.facts | some e in input.earlier; e.type == "outcome"]

# A fact of the decision. A record says less than its authorization did.
fact(name) := said if said := input.facts[name]

else := said if said := asked[name]

# All values that a fact which is a list ever had in this decision.
values(name) := {v | some facts in told; some v in facts[name]}

told := array.concat([f | f := input.facts], [e.facts | some e in input.earlier])

# What the decision uses, by category of data and by name of input.
names_used := values("data_categories") | {lower(name) | some name, _ in input.inputs}

# A fact that the API has no field for. A caller may state it as a member of `inputs_json`.
stated(name) := said if said := input.facts[name]

else := said if said := input.inputs[name]

# Whether the decision lies in a region, or says of none where it lies: `us` covers `us-co`.
lies_in(_) if not fact("jurisdictions")

lies_in(region) if {
	some place in fact("jurisdictions")
	within(place, region)
}

within(place, region) if place == region

within(place, region) if startswith(place, concat("", [region, "-"]))

# Whether the decision is of one of some domains. One that names none is of those that its system is
# registered for, and of any where none is registered.
is_of(domains) if fact("domain") in domains

is_of(domains) if {
	not fact("domain")
	some domain in input.registry.system.domains
	domain in domains
}

is_of(_) if {
	not fact("domain")
	not input.registry.system.domains
}

# Whether a person is concerned, and not a company.
concerns_person if {
	input.person
	not input.person.kind == "legal_person"
}

# A moment as nanoseconds; undefined for what does not look like one.
moment(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$`, text)
}

# When the person was given a notice of a kind, in nanoseconds, as told now or before.
notice_times(kind) := {t |
	some notice in input.notices
	notice.kind == kind
	t := moment(notice.deliver_time)
} | {t |
	some e in input.earlier
	some i, given in e.facts.notices
	given == kind
	t := moment(e.facts.notice_times[i])
}

# The templates of the notices of a kind that the person was given.
notice_templates(kind) := {t |
	some notice in input.notices
	notice.kind == kind
	t := notice.template_id
} | {t |
	some e in input.earlier
	kind in e.facts.notices
	count(e.facts.notices) == 1
	some t in e.facts.notice_templates
}

noticed(kind) if count(notice_times(kind)) > 0

# Those of some paths into `input` that are absent.
absent(paths) := [p | some p in paths; object.get(input, split(p, "."), null) == null]

# Where a human decides, with or without the help of an AI system.
human_decides if input.facts.planned_automation in {"human_only", "ai_assist"}

# The first turn of a conversation, or one that does not say which it is.
first_turn if not input.facts.turn > 0
