# How the tables of the packs' tests are read, and tests of what the packs share.
package lib_test

import rego.v1

# A decision with some things said otherwise: dotted paths, and null for what is left out.
but(decision, changes) := json.patch(object.union_n(array.concat([decision], said)), left_out) if {
	said := [nest(split(path, "."), value) | some path, value in changes]
	left_out := [{"op": "remove", "path": concat("", ["/", replace(path, ".", "/")])} |
		some path, value in changes
		value == null
	]
}

nest(path, value) := {path[0]: value} if count(path) == 1

nest(path, value) := {path[0]: {path[1]: value}} if count(path) == 2

nest(path, value) := {path[0]: {path[1]: {path[2]: value}}} if count(path) == 3

# What a rule's values are when it fires, passes, lacks facts, or says more.
means("fires") := {true}

means("passes") := set()

means(facts) := {{"missing": facts}} if is_array(facts)

means(value) := {value} if is_object(value)
