# How the tables of the packs' tests are read, and tests of what the packs share.
package lib_test

import future.keywords.not
import rego.v1

# A decision with some things said otherwise: dotted paths, and null for what is left out.
but(decision, changes) := without(object.union_n(array.concat([decision], said)), left_out) if {
	said := [nest(split(path, "."), value) | some path, value in changes]
	left_out := {path | some path, value in changes; value == null}
}

without(whole, paths) := {name: pruned(name, value, paths) |
	some name, value in whole
	not name in paths
}

pruned(name, value, paths) := {key: inner |
	some key, inner in value
	not concat(".", [name, key]) in paths
} if is_object(value)

pruned(_, value, _) := value if not is_object(value)

nest(path, value) := {path[0]: value} if count(path) == 1

nest(path, value) := {path[0]: {path[1]: value}} if count(path) == 2

nest(path, value) := {path[0]: {path[1]: {path[2]: value}}} if count(path) == 3

# What a rule's values are when it fires, passes, lacks facts, or says more.
means("fires") := {true}

means("passes") := set()

means(facts) := {{"missing": facts}} if is_array(facts)

means(value) := {value} if is_object(value)
