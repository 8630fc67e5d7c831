// Fuzz asks OPA and our engine the same questions about a folder of policies, with inputs that are made from what
// the policies mention, and fails on any difference.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"candor/tests/opa/door"
	"candor/tests/opa/oracle"
)

var (
	folder = flag.String("policies", "", "folder of policies, in the layout of a bundle")
	count  = flag.Int("count", 1000, "number of inputs")
	seed   = flag.Uint64("seed", 1, "seed of the inputs")
	loud   = flag.Bool("loud", false, "an error here is no difference, whatever OPA answers")
	all    = flag.Bool("all", false, "ask every complete rule, not only those with a METADATA block")
)

// The time of all evaluations.
const now = 1_795_395_723_000_000_000

type rule struct {
	path  string
	here  *door.Engine
	there oracle.Query
}

func main() {
	flag.Parse()
	modules, data, err := load(*folder)
	exitOn(err)
	set, err := door.NewSet(modules, data)
	exitOn(err)
	rules, err := asked(set, modules, data)
	exitOn(err)
	if len(rules) == 0 {
		exitOn(fmt.Errorf("%s: no rule with a METADATA block", *folder))
	}
	os.Exit(run(rules, learn(modules, data)))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.rego") }

// Modules without the tests, and one document of all data.json, each below the path of its folder.
func load(root string) (modules []door.File, data string, err error) {
	document := map[string]any{}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isTest(path) {
			return err
		}
		name, _ := filepath.Rel(root, path)
		text, err := os.ReadFile(path)
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(name, ".rego"):
			modules = append(modules, door.File{Path: name, Text: string(text)})
		case entry.Name() == "data.json":
			return place(document, filepath.Dir(name), text)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	text, err := json.Marshal(document)
	return modules, string(text), err
}

func place(document map[string]any, folder string, text []byte) error {
	var found map[string]any
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	if folder != "." {
		for _, part := range strings.Split(folder, string(filepath.Separator)) {
			below, ok := document[part].(map[string]any)
			if !ok {
				below = map[string]any{}
				document[part] = below
			}
			document = below
		}
	}
	for key, value := range found {
		document[key] = value
	}
	return nil
}

func asked(set *door.Set, modules []door.File, data string) ([]rule, error) {
	described, err := set.Rules()
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, one := range described {
		if !one.Complete || one.Test || (one.Annotation == nil && !*all) {
			continue
		}
		engine, err := set.Engine(one.Path)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule{one.Path, engine, oracle.Prepare(modules, data, one.Path)})
	}
	return rules, nil
}

type tally struct{ same, defined, failed, stricter int }

// The engine looks at each statement in its order; OPA may skip a rule by its index, or reorder its body. So an error
// here where OPA finds the rule undefined is no difference in meaning: our answer is then to deny.
func differs(r rule, input string, sum *tally) (oracle.Outcome, oracle.Outcome, bool) {
	values, err := r.here.Eval(input, now)
	here, there := oracle.OfDoor(values, err, r.path), r.there.Eval(input, now)
	switch {
	case oracle.Same(here, there):
		sum.same++
		if here.Kind == oracle.Defined {
			sum.defined++
		} else if here.Kind == oracle.Failed {
			sum.failed++
		}
		return here, there, false
	case here.Kind == oracle.Failed && (*loud || there.Kind == oracle.Undefined):
		sum.stricter++
		return here, there, false
	}
	return here, there, true
}

func run(rules []rule, shape *shape) int {
	random := rand.New(rand.NewPCG(*seed, 0))
	var sum tally
	failed := 0
	told := map[string]bool{}
	for range *count {
		document := shape.input(random)
		for _, r := range rules {
			if _, _, different := differs(r, written(document), &sum); !different || told[r.path] {
				continue
			}
			told[r.path] = true
			failed = 1
			small := shrink(document, func(smaller any) bool {
				_, _, different := differs(r, written(smaller), &tally{})
				return different
			})
			here, there, _ := differs(r, written(small), &tally{})
			fmt.Printf("%s\n  input: %s\n  here:  %v %s\n  OPA:   %v %s\n", r.path, written(small), here, here.Told, there, there.Told)
		}
	}
	fmt.Printf("%d rules, %d inputs, seed %d: %d answers the same, %d of them values and %d errors; %d errors here alone; %d rules differ\n",
		len(rules), *count, *seed, sum.same, sum.defined, sum.failed, sum.stricter, len(told))
	return failed
}

func written(document any) string {
	text, err := json.Marshal(document)
	exitOn(err)
	return string(text)
}

// The smallest document that can be reached by leaving things out, one at a time.
func shrink(document any, stillDifferent func(any) bool) any {
	for {
		smaller := false
		for _, candidate := range lessOf(document) {
			if stillDifferent(candidate) {
				document, smaller = candidate, true
				break
			}
		}
		if !smaller {
			return document
		}
	}
}

func lessOf(value any) []any {
	var found []any
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			rest := map[string]any{}
			for other, kept := range value {
				if other != key {
					rest[other] = kept
				}
			}
			found = append(found, rest)
		}
		for key := range value {
			for _, less := range lessOf(value[key]) {
				copied := map[string]any{}
				for other, kept := range value {
					copied[other] = kept
				}
				copied[key] = less
				found = append(found, copied)
			}
		}
	case []any:
		for at := range value {
			found = append(found, append(append([]any{}, value[:at]...), value[at+1:]...))
		}
		for at := range value {
			for _, less := range lessOf(value[at]) {
				copied := append([]any{}, value...)
				copied[at] = less
				found = append(found, copied)
			}
		}
	}
	return found
}
