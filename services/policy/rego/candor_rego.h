/* The door to the Rego engine: a C interface over the crate in this folder.
 *
 * Text is UTF-8, never ended by a zero. Nothing is called back, nothing is thrown across. Each
 * call that can fail answers a status and, unless it is OK, fills `err`.
 *
 * A set is immutable and may be used by any thread; an engine belongs to one thread at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CANDOR_REGO_ABI 1u

/* Borrowed for the call. */
typedef struct {
  const uint8_t* p;
  size_t n;
} candor_rego_slice;

/* Owned by the callee; empty at first; given back by candor_rego_buf_free. */
typedef struct {
  uint8_t* p;
  size_t n, cap;
} candor_rego_buf;

typedef struct {
  candor_rego_slice path, text;
} candor_rego_file;

typedef struct candor_rego_set candor_rego_set;
typedef struct candor_rego_engine candor_rego_engine;

enum {
  CANDOR_REGO_OK = 0,
  CANDOR_REGO_PARSE = 10,            /* the text is not Rego, or not UTF-8 */
  CANDOR_REGO_RECURSION = 11,        /* a rule or function can reach itself */
  CANDOR_REGO_FORBIDDEN = 12,        /* means something else than in OPA, or is not repeatable */
  CANDOR_REGO_TOO_BIG = 13,          /* a limit of the set is passed */
  CANDOR_REGO_UNKNOWN_FUNCTION = 14,
  CANDOR_REGO_INPUT = 20,            /* the input is no JSON, too large or too deep */
  CANDOR_REGO_NO_RULE = 21,          /* no rule of that path */
  CANDOR_REGO_EVAL = 22,             /* an error of the rules */
  CANDOR_REGO_TIME = 23,             /* the time is over */
  CANDOR_REGO_PANIC = 90,            /* a bug of the engine: free the engine, make another */
  CANDOR_REGO_ABI_MISMATCH = 91
};

typedef struct {
  uint32_t abi;              /* CANDOR_REGO_ABI */
  uint32_t timeout_us;       /* of one evaluation, or of one test */
  uint32_t check_every;      /* steps between two looks at the clock */
  uint32_t max_file_bytes;
  uint32_t max_depth;        /* of nested literals in the text of a policy */
  uint32_t max_data_bytes;
  uint32_t max_input_bytes;
  uint32_t max_input_depth;
} candor_rego_limits;

/* Once, before anything else. */
int32_t candor_rego_init(uint32_t abi);

/* Name and version of the engine, such as `regorus 0.14.1`. */
candor_rego_slice candor_rego_version(void);

/* Checks and compiles modules with one data document, a JSON object. `err` is
 * {"problems":[{"status","path","line","column","message"}]}: all that were found, at most 100,
 * ordered by path and line; status is one of the numbers above. */
int32_t candor_rego_set_new(const candor_rego_file* files, size_t count, candor_rego_slice data_json,
                            const candor_rego_limits* limits, candor_rego_set** out, candor_rego_buf* err);
candor_rego_set* candor_rego_set_retain(candor_rego_set* set);
void candor_rego_set_release(candor_rego_set* set);

/* What is in a set:
 * {"rules":[{"path":"data.a.b","package":"a","name":"b","file","line","complete":true,"test":false,
 *            "annotation":{"line":7,"text":"title: …\n"}}],
 *  "packages":[{"path":"data.a","file","line","annotation":{…}}]}
 * One entry for each rule path, at its first definition; `complete` is false for functions, sets and
 * partial objects. `annotation` is there where a METADATA block stands right above: its text without
 * the comment signs, which is YAML, and the line of its first line. A second block above a later
 * definition of the same rule is a problem of candor_rego_set_new. */
int32_t candor_rego_set_describe(const candor_rego_set* set, candor_rego_buf* json, candor_rego_buf* err);

/* An engine that evaluates the rules named by `paths`, one a line, together. */
int32_t candor_rego_engine_new(const candor_rego_set* set, candor_rego_slice paths, candor_rego_engine** out,
                               candor_rego_buf* err);
void candor_rego_engine_free(candor_rego_engine* engine);

/* Evaluates. `result` is a JSON object: the path of each rule that is defined, with its value; sets
 * come as arrays. `now_ns` is the time that time.now_ns() gives. `err` is {"status","message","path",
 * "line","column"}. */
int32_t candor_rego_eval(candor_rego_engine* engine, candor_rego_slice input_json, int64_t now_ns,
                         candor_rego_buf* result, candor_rego_buf* err, uint64_t* elapsed_ns);

/* Runs the rules `test_…` of packages whose path holds `filter`; `todo_test_…` are skipped. `report` is
 * {"tests":[{"path","file","line","result":"pass|fail|error|skip","message","micros","prints":["…"]}],
 *  "coverage":[{"file","covered":[1,2],"not_covered":[3]}]}; coverage only when asked for. */
int32_t candor_rego_test(const candor_rego_set* set, candor_rego_slice filter, int64_t now_ns,
                         uint32_t with_coverage, candor_rego_buf* report, candor_rego_buf* err);

void candor_rego_buf_free(candor_rego_buf* buf);

#ifdef __cplusplus
}
#endif
