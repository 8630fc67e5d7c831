// Package door calls the Rego engine of this repository through its C interface.
package door

/*
#cgo CFLAGS: -I${SRCDIR}/../../../services/policy/rego
#include <stdlib.h>
#include <string.h>
#include "candor_rego.h"

static candor_rego_slice slice_of(const void* p, size_t n) {
  candor_rego_slice slice = {(const uint8_t*)p, n};
  return slice;
}
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"runtime"
	"unsafe"
)

// Status of a call, as the header numbers them.
type Status int

const (
	OK   Status = 0
	Eval Status = C.CANDOR_REGO_EVAL
	Time Status = C.CANDOR_REGO_TIME
)

var names = map[Status]string{
	C.CANDOR_REGO_PARSE: "parse", C.CANDOR_REGO_RECURSION: "recursion", C.CANDOR_REGO_FORBIDDEN: "forbidden",
	C.CANDOR_REGO_TOO_BIG: "too big", C.CANDOR_REGO_UNKNOWN_FUNCTION: "unknown function", C.CANDOR_REGO_INPUT: "input",
	C.CANDOR_REGO_NO_RULE: "no rule", Eval: "eval", Time: "time", C.CANDOR_REGO_PANIC: "panic",
}

// Error is a refusal or a failure, with what was told about it.
type Error struct {
	Status Status
	Told   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", names[e.Status], e.Told) }

// Kind is the status in words.
func (e *Error) Kind() string { return names[e.Status] }

// File is a module or a data document.
type File struct{ Path, Text string }

// Set is a checked set of modules.
type Set struct{ set *C.candor_rego_set }

// Engine evaluates some rules of a set.
type Engine struct{ engine *C.candor_rego_engine }

// Rule is what the engine tells about a rule.
type Rule struct {
	Path       string
	File       string
	Complete   bool
	Test       bool
	Annotation *struct{ Text string }
}

func init() {
	if C.candor_rego_init(C.CANDOR_REGO_ABI) != C.CANDOR_REGO_OK {
		panic("the library speaks another version of the header")
	}
}

// Limits are wide: what is compared here is meaning, not speed.
func limits() C.candor_rego_limits {
	return C.candor_rego_limits{abi: C.CANDOR_REGO_ABI, timeout_us: 2_000_000, check_every: 16,
		max_file_bytes: 1 << 20, max_depth: 12, max_data_bytes: 8 << 20, max_input_bytes: 256 << 10, max_input_depth: 32}
}

type memory struct{ pinner runtime.Pinner }

func (m *memory) slice(text string) C.candor_rego_slice {
	if text == "" {
		return C.slice_of(nil, 0)
	}
	p := unsafe.StringData(text)
	m.pinner.Pin(p)
	return C.slice_of(unsafe.Pointer(p), C.size_t(len(text)))
}

func text(buf *C.candor_rego_buf) string {
	defer C.candor_rego_buf_free(buf)
	return C.GoStringN((*C.char)(unsafe.Pointer(buf.p)), C.int(buf.n))
}

func failed(status C.int32_t, err *C.candor_rego_buf) error {
	told := text(err)
	if status == C.CANDOR_REGO_OK {
		return nil
	}
	return &Error{Status(status), told}
}

// NewSet checks modules with one data document, which is JSON.
func NewSet(modules []File, data string) (*Set, error) {
	var m memory
	defer m.pinner.Unpin()
	files := make([]C.candor_rego_file, len(modules)+1)
	for i, module := range modules {
		files[i] = C.candor_rego_file{path: m.slice(module.Path), text: m.slice(module.Text)}
	}
	var err C.candor_rego_buf
	var set *C.candor_rego_set
	limits := limits()
	status := C.candor_rego_set_new(&files[0], C.size_t(len(modules)), m.slice(data), &limits, &set, &err)
	return &Set{set}, failed(status, &err)
}

// Release gives the set back.
func (s *Set) Release() { C.candor_rego_set_release(s.set) }

// Rules of the set.
func (s *Set) Rules() ([]Rule, error) {
	var told, err C.candor_rego_buf
	if status := C.candor_rego_set_describe(s.set, &told, &err); status != C.CANDOR_REGO_OK {
		return nil, failed(status, &err)
	}
	var described struct{ Rules []Rule }
	return described.Rules, json.Unmarshal([]byte(text(&told)), &described)
}

// Engine for the rules of these paths, one a line.
func (s *Set) Engine(paths string) (*Engine, error) {
	var m memory
	defer m.pinner.Unpin()
	var err C.candor_rego_buf
	var engine *C.candor_rego_engine
	status := C.candor_rego_engine_new(s.set, m.slice(paths), &engine, &err)
	return &Engine{engine}, failed(status, &err)
}

// Free gives the engine back.
func (e *Engine) Free() { C.candor_rego_engine_free(e.engine) }

// Eval answers the rules that are defined, by path.
func (e *Engine) Eval(input string, nowNs int64) (map[string]json.RawMessage, error) {
	var m memory
	defer m.pinner.Unpin()
	var result, err C.candor_rego_buf
	var elapsed C.uint64_t
	status := C.candor_rego_eval(e.engine, m.slice(input), C.int64_t(nowNs), &result, &err, &elapsed)
	if problem := failed(status, &err); problem != nil {
		C.candor_rego_buf_free(&result)
		return nil, problem
	}
	var values map[string]json.RawMessage
	return values, json.Unmarshal([]byte(text(&result)), &values)
}
