package main

import (
	"math/rand/v2"
	"sort"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"candor/tests/opa/door"
)

// shape is what policies expect of their input: a tree of the paths they mention, and the values they compare with.
type shape struct {
	root   *node
	near   []any
	fields []string
}

type node struct {
	below map[string]*node
	list  bool
	near  []any
}

// Values of kinds that nobody asked for, and some that compare oddly.
var odd = []any{
	nil, true, false, 0, -1, 1, 1.5, 1e6, "", " ", "0", "250.00", "-3", "1e3", "x", "ß", "Ä", "2026-11-23T01:02:03Z",
	"2026-11-23", "a.b", "*", "10.0.0.0/28", "1.2.3", "true", []any{}, map[string]any{}, []any{nil}, []any{1, "x"},
	[]any{"a", "b"}, map[string]any{"a": 1}, 9007199254740991,
}

func newNode() *node { return &node{below: map[string]*node{}} }

func (n *node) child(name string) *node {
	if n.below[name] == nil {
		n.below[name] = newNode()
	}
	return n.below[name]
}

func learn(modules []door.File, data string) *shape {
	s := &shape{root: newNode()}
	fields := map[string]bool{}
	for _, file := range modules {
		module := ast.MustParseModuleWithOpts(file.Text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		aliases := map[ast.Var]*node{}
		for _, imported := range module.Imports {
			if ref, ok := imported.Path.Value.(ast.Ref); ok {
				if at := s.follow(ref, aliases); at != nil {
					aliases[imported.Name()] = at
				}
			}
		}
		for _, rule := range module.Rules {
			s.learnRule(rule, aliases, fields)
		}
	}
	var document any
	exitOn(util.UnmarshalJSON([]byte(data), &document))
	scalars(document, &s.near)
	for field := range fields {
		s.fields = append(s.fields, field)
	}
	sort.Strings(s.fields)
	return s
}

func scalars(value any, into *[]any) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range util.KeysSorted(value) {
			*into = append(*into, key)
			scalars(value[key], into)
		}
	case []any:
		for _, item := range value {
			scalars(item, into)
		}
	default:
		*into = append(*into, value)
	}
}

// The node that a path of `input`, or of a name that stands for one, leads to.
func (s *shape) follow(ref ast.Ref, aliases map[ast.Var]*node) *node {
	head, ok := ref[0].Value.(ast.Var)
	at := aliases[head]
	if ok && head == "input" {
		at = s.root
	}
	if at == nil {
		return nil
	}
	for _, part := range ref[1:] {
		if name, ok := part.Value.(ast.String); ok {
			at = at.child(string(name))
			continue
		}
		at.list = true
		at = at.child("")
	}
	return at
}

func (s *shape) learnRule(rule *ast.Rule, outer map[ast.Var]*node, fields map[string]bool) {
	aliases := map[ast.Var]*node{}
	for name, at := range outer {
		aliases[name] = at
	}
	var near []any
	var met []*node
	// Twice, so that a name is known before its uses wherever it stands.
	for range 2 {
		ast.WalkNodes(rule, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.SomeDecl:
				s.alias(x, aliases)
			case *ast.Every:
				s.element(x.Domain, x.Value, aliases)
			case *ast.Expr:
				if x.IsAssignment() {
					s.same(x.Operand(1), x.Operand(0), aliases)
				}
			case *ast.Term:
				if ref, ok := x.Value.(ast.Ref); ok {
					if at := s.follow(ref, aliases); at != nil {
						met = append(met, at)
					} else if ref.IsGround() || len(ref) > 1 {
						loose(ref, fields)
					}
				} else if ast.IsScalar(x.Value) {
					if plain, err := ast.JSON(x.Value); err == nil {
						near = append(near, plain)
					}
				}
			}
			return false
		})
	}
	s.near = append(s.near, near...)
	for _, at := range met {
		at.near = append(at.near, near...)
	}
}

func loose(ref ast.Ref, fields map[string]bool) {
	if ref[0].Equal(ast.DefaultRootDocument) {
		return
	}
	for _, part := range ref[1:] {
		if name, ok := part.Value.(ast.String); ok {
			fields[string(name)] = true
		}
	}
}

func (s *shape) alias(some *ast.SomeDecl, aliases map[ast.Var]*node) {
	for _, symbol := range some.Symbols {
		if call, ok := symbol.Value.(ast.Call); ok && len(call) >= 3 {
			s.element(call[len(call)-1], call[len(call)-2], aliases)
		}
	}
}

func (s *shape) element(list, name *ast.Term, aliases map[ast.Var]*node) {
	ref, ok := list.Value.(ast.Ref)
	if !ok {
		return
	}
	if at := s.follow(ref, aliases); at != nil {
		at.list = true
		if variable, ok := name.Value.(ast.Var); ok {
			aliases[variable] = at.child("")
		}
	}
}

func (s *shape) same(value, name *ast.Term, aliases map[ast.Var]*node) {
	ref, isRef := value.Value.(ast.Ref)
	variable, isVar := name.Value.(ast.Var)
	if !isRef || !isVar {
		return
	}
	if at := s.follow(ref, aliases); at != nil {
		aliases[variable] = at
	}
}

func (s *shape) input(random *rand.Rand) any { return s.value(random, s.root, 0) }

func (s *shape) value(random *rand.Rand, at *node, depth int) any {
	switch {
	case depth > 0 && random.IntN(12) == 0:
		return odd[random.IntN(len(odd))]
	case at.list:
		return s.listOf(random, at, depth)
	case len(at.below) > 0:
		return s.object(random, at, depth)
	}
	return s.leaf(random, at, depth)
}

func (s *shape) object(random *rand.Rand, at *node, depth int) any {
	made := map[string]any{}
	for _, name := range util.KeysSorted(at.below) {
		if name != "" && random.IntN(7) > 0 {
			made[name] = s.value(random, at.below[name], depth+1)
		}
	}
	return made
}

func (s *shape) listOf(random *rand.Rand, at *node, depth int) any {
	if random.IntN(6) == 0 && depth > 0 {
		return s.object(random, at, depth)
	}
	made := []any{}
	for range random.IntN(4) {
		made = append(made, s.value(random, at.child(""), depth+1))
	}
	return made
}

func (s *shape) leaf(random *rand.Rand, at *node, depth int) any {
	switch pick := random.IntN(10); {
	case pick < 6 && len(at.near) > 0:
		return at.near[random.IntN(len(at.near))]
	case pick < 7 && len(s.near) > 0:
		return s.near[random.IntN(len(s.near))]
	case pick < 8 && len(s.fields) > 0 && depth < 6:
		made := map[string]any{}
		for range 1 + random.IntN(3) {
			made[s.fields[random.IntN(len(s.fields))]] = s.leaf(random, at, depth+1)
		}
		return made
	case pick < 9 && depth < 6:
		made := []any{}
		for range random.IntN(3) {
			made = append(made, s.leaf(random, at, depth+1))
		}
		return made
	}
	return odd[random.IntN(len(odd))]
}
