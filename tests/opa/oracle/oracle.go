// Package oracle evaluates with OPA, and says whether two outcomes are the same.
package oracle

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"candor/tests/opa/door"
)

// Outcome of a rule: one of Refused, Failed, Undefined, or a value as JSON.
type Outcome struct {
	Kind  Kind
	Value string
	Told  string
}

// Kind of an outcome.
type Kind int

// The kinds. A rule that is refused is never evaluated; one that fails had an error on the way.
const (
	Refused Kind = iota
	Failed
	Undefined
	Defined
)

func (o Outcome) String() string {
	switch o.Kind {
	case Refused:
		return "refused"
	case Failed:
		return "error"
	case Undefined:
		return "undefined"
	}
	return o.Value
}

// Same says whether two outcomes mean the same. Sets are compared as lists, and numbers up to the last digits of a
// double, which is what our engine calculates with; a rule that compares shows whether these matter.
func Same(a, b Outcome) bool {
	if a.Kind != b.Kind {
		return false
	}
	return a.Kind != Defined || ast.Compare(rounded(value(a.Value)), rounded(value(b.Value))) == 0
}

func rounded(value ast.Value) ast.Value {
	result, err := ast.Transform(ast.NewGenericTransformer(func(x any) (any, error) {
		number, ok := x.(ast.Number)
		if !ok || !strings.ContainsAny(string(number), ".eE") {
			return x, nil
		}
		float, ok := number.Float64()
		if !ok {
			return x, nil
		}
		return ast.Number(strconv.FormatFloat(float, 'g', 14, 64)), nil
	}), value)
	if err != nil {
		return value
	}
	return result.(ast.Value)
}

func value(text string) ast.Value {
	var parsed any
	if err := util.UnmarshalJSON([]byte(text), &parsed); err != nil {
		return ast.String("no JSON: " + text)
	}
	return ast.MustInterfaceToValue(parsed)
}

// Query of one rule, prepared.
type Query struct {
	query rego.PreparedEvalQuery
	err   error
}

// Prepare compiles modules with OPA. Errors of functions are errors there as here: where they were
// undefined instead, a rule that fails in one of the two could not be told from one that does not fire.
func Prepare(modules []door.File, data, path string) Query {
	var document map[string]any
	if err := util.UnmarshalJSON([]byte(data), &document); err != nil {
		return Query{err: err}
	}
	options := []func(*rego.Rego){
		rego.Query("x = " + path), rego.Store(inmem.NewFromObject(document)), rego.StrictBuiltinErrors(true),
	}
	for _, module := range modules {
		options = append(options, rego.Module(module.Path, module.Text))
	}
	query, err := rego.New(options...).PrepareForEval(context.Background())
	return Query{query, err}
}

// Eval evaluates at a point in time.
func (q Query) Eval(input string, nowNs int64) Outcome {
	if q.err != nil {
		return Outcome{Kind: Refused, Told: q.err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	results, err := q.query.Eval(ctx, rego.EvalParsedInput(value(input)), rego.EvalTime(time.Unix(0, nowNs)))
	if err != nil {
		return Outcome{Kind: Failed, Told: err.Error()}
	}
	if len(results) == 0 {
		return Outcome{Kind: Undefined}
	}
	found, err := json.Marshal(results[0].Bindings["x"])
	if err != nil {
		return Outcome{Kind: Failed, Told: err.Error()}
	}
	return Outcome{Kind: Defined, Value: string(found)}
}

// OfDoor is what our engine answers for a path, and the word for a refusal.
func OfDoor(values map[string]json.RawMessage, err error, path string) Outcome {
	if problem, ok := err.(*door.Error); ok {
		kind := Refused
		if problem.Status == door.Eval || problem.Status == door.Time || strings.HasPrefix(problem.Kind(), "panic") {
			kind = Failed
		}
		return Outcome{Kind: kind, Told: problem.Error()}
	}
	if err != nil {
		return Outcome{Kind: Failed, Told: err.Error()}
	}
	found, ok := values[path]
	if !ok {
		return Outcome{Kind: Undefined}
	}
	return Outcome{Kind: Defined, Value: string(found)}
}
