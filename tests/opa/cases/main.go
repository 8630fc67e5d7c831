// Cases runs the cases that OPA is tested with against our engine, and holds what differs against a list.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"

	"candor/tests/opa/door"
	"candor/tests/opa/oracle"
)

var (
	folder = flag.String("cases", "", "folder of OPA's cases")
	list   = flag.String("expected", "expected_differences.txt", "differences that are known")
	write  = flag.Bool("write", false, "write the list anew")
	detail = flag.String("detail", "", "tell all about cases whose name holds this")
)

var (
	question = regexp.MustCompile(`^(data(?:\.[a-zA-Z_]\w*)+) = x$`)
	header   = regexp.MustCompile(`(?m)^\s*package [^\n]*\n`)
	keywords = regexp.MustCompile(`(?m)^\s*import (future\.keywords[^\n]*|rego\.v1)\s*$`)
)

// Ours need two imports that OPA's cases lack; they change the meaning of `not`, so OPA answers the same text again.
func withImports(text string) string {
	text = keywords.ReplaceAllString(text, "")
	place := header.FindStringIndex(text + "\n")
	if place == nil {
		return text
	}
	end := min(place[1], len(text))
	return text[:end] + "\nimport rego.v1\nimport future.keywords.not\n" + text[end:]
}

type example struct {
	path    string
	modules []door.File
	data    string
	input   string
}

// A case that asks for one rule, or why it is no such case.
func read(test cases.TestCase) (example, string) {
	found := question.FindStringSubmatch(strings.TrimSpace(test.Query))
	if found == nil {
		return example{}, "asks for more than a rule"
	}
	e := example{path: found[1], data: "{}", input: "{}"}
	for number, module := range test.Modules {
		e.modules = append(e.modules, door.File{Path: fmt.Sprintf("m%d.rego", number), Text: withImports(module)})
	}
	if test.Data != nil {
		text, err := json.Marshal(*test.Data)
		if err != nil {
			return e, err.Error()
		}
		e.data = string(text)
	}
	if test.InputTerm != nil {
		plain, err := ast.JSON(ast.MustParseTerm(*test.InputTerm).Value)
		if err != nil {
			return e, "its input is no JSON"
		}
		if text, err := json.Marshal(plain); err == nil {
			e.input = string(text)
		}
	} else if test.Input != nil {
		text, err := json.Marshal(*test.Input)
		if err != nil {
			return e, err.Error()
		}
		e.input = string(text)
	}
	return e, ""
}

func ours(e example) oracle.Outcome {
	set, err := door.NewSet(e.modules, e.data)
	if err != nil {
		return oracle.OfDoor(nil, err, e.path)
	}
	defer set.Release()
	engine, err := set.Engine(e.path)
	if err != nil {
		return oracle.OfDoor(nil, err, e.path)
	}
	defer engine.Free()
	values, err := engine.Eval(e.input, 0)
	return oracle.OfDoor(values, err, e.path)
}

// A word for how two outcomes differ; none where they do not.
func difference(here, there oracle.Outcome) string {
	switch {
	case oracle.Same(here, there):
		return ""
	case here.Kind == oracle.Refused:
		return "refused (" + strings.SplitN(here.Told, ":", 2)[0] + ")"
	case there.Kind == oracle.Refused:
		return "accepted"
	case here.Kind == oracle.Failed:
		return "error"
	case there.Kind == oracle.Failed:
		return "no error"
	}
	return "ANSWER"
}

func main() {
	flag.Parse()
	set, err := cases.Load(*folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	seen := map[string]int{}
	count := map[string]int{}
	var lines []string
	for _, test := range set.Cases {
		seen[test.Note]++
		name := fmt.Sprintf("%s #%d", test.Note, seen[test.Note])
		e, why := read(test)
		if why != "" {
			count["not asked: "+why]++
			continue
		}
		here, there := ours(e), oracle.Prepare(e.modules, e.data, e.path).Eval(e.input, 0)
		how := difference(here, there)
		if *detail != "" && strings.Contains(name, *detail) {
			fmt.Printf("== %s (%s)\nhere:  %v %s\nthere: %v %s\ninput: %s data: %s\n", name, how, here, here.Told, there, there.Told, e.input, e.data)
			for _, module := range e.modules {
				fmt.Println(module.Text)
			}
		}
		if how == "" {
			count["same"]++
			continue
		}
		count[how]++
		lines = append(lines, how+"\t"+strings.ReplaceAll(name, "\n", " "))
	}
	for how, number := range count {
		fmt.Printf("%5d %s\n", number, how)
	}
	if *detail == "" {
		os.Exit(compare(lines))
	}
}

// The list is exact: the run fails where a difference is new, and where one is gone.
func compare(lines []string) int {
	sort.Strings(lines)
	if *write {
		if err := os.WriteFile(*list, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		return 0
	}
	text, err := os.ReadFile(*list)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	known := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		known[line] = true
	}
	failed := 0
	for _, line := range lines {
		if !known[line] {
			fmt.Println("new:  " + line)
			failed = 1
		}
		delete(known, line)
	}
	for line := range known {
		fmt.Println("gone: " + line)
		failed = 1
	}
	return failed
}
