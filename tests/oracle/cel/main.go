// The CEL oracle answers what kube-apiserver's own code makes of an expression, for tests that compare kubecel with it.
//
// Each line on stdin is a request: {"expressions": ["…"], "variables": {"object": …}, "version": "1.37"}, where the
// version is the server's. Each line on stdout is the list of answers, one per expression: {"refused": "…"} for what
// does not compile, {"error": "…"} for an evaluation that fails, or {"value": …} with every value as [type, content].
//
// A request with an "admission" has a policy, its binding and requests instead; its answer is {"refused": "…"}, or
// {"judgements": […]} with what the policy decides about each.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

type request struct {
	Expressions []string       `json:"expressions"`
	Variables   map[string]any `json:"variables"`
	Version     string         `json:"version"`
	Admission   *question      `json:"admission"`
}

type answer struct {
	Refused string `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
	Value   any    `json:"value,omitempty"`
}

func main() {
	requests := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for {
		line, err := requests.ReadBytes('\n')
		if len(line) == 0 {
			return
		}
		if err != nil {
			log.Fatalf("a request must end with a newline: %v", err)
		}
		if err := answers.Encode(respond(line)); err != nil {
			log.Fatal(err)
		}
	}
}

func respond(line []byte) any {
	var asked request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&asked); err != nil {
		log.Fatalf("not a request: %v", err)
	}
	if asked.Admission != nil {
		return judged(*asked.Admission, asked.Version)
	}
	variables := map[string]any{}
	for name, value := range asked.Variables {
		variables[name] = whole(value)
	}
	env, err := environmentOf(asked.Version, variables)
	if err != nil {
		log.Fatal(err)
	}
	found := make([]answer, len(asked.Expressions))
	for i, expression := range asked.Expressions {
		found[i] = evaluate(env, expression, variables)
	}
	return found
}

func judged(asked question, server string) any {
	for i, one := range asked.Requests {
		asked.Requests[i].Object, asked.Requests[i].OldObject = wholeMap(one.Object), wholeMap(one.OldObject)
	}
	for i, param := range asked.Params {
		asked.Params[i] = wholeMap(param)
	}
	found, refused, err := judge(asked, server)
	if err != nil {
		log.Fatal(err)
	}
	if refused != "" {
		return map[string]any{"refused": refused}
	}
	return map[string]any{"judgements": found}
}

func wholeMap(body map[string]any) map[string]any {
	if body == nil {
		return nil
	}
	return whole(body).(map[string]any)
}

// environmentOf is what a server of that version compiles new expressions with: the libraries of the version before,
// so that they still compile after a rollback.
func environmentOf(server string, variables map[string]any) (*cel.Env, error) {
	parsed, err := version.ParseMajorMinor(server)
	if err != nil {
		return nil, err
	}
	declared := []cel.EnvOption{}
	for name := range variables {
		declared = append(declared, cel.Variable(name, cel.DynType))
	}
	base := environment.MustBaseEnvSet(parsed.SubtractMinor(1))
	set, err := base.Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        declared,
	})
	if err != nil {
		return nil, err
	}
	return set.Env(environment.NewExpressions)
}

func evaluate(env *cel.Env, expression string, variables map[string]any) (found answer) {
	defer func() {
		if cause := recover(); cause != nil {
			found = answer{Refused: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return answer{Refused: issues.String()}
	}
	program, err := env.Program(ast)
	if err != nil {
		return answer{Refused: err.Error()}
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: shown(value)}
}

// shown is a value with its type, so that 1, 1u and 1.0 differ.
func shown(value ref.Val) any {
	kind := value.Type().TypeName()
	switch typed := value.(type) {
	case *types.Optional:
		if !typed.HasValue() {
			return []any{kind}
		}
		return []any{kind, shown(typed.GetValue())}
	case traits.Lister:
		items := []any{kind}
		for it := typed.Iterator(); it.HasNext() == types.True; {
			items = append(items, shown(it.Next()))
		}
		return items
	case traits.Mapper:
		return []any{kind, entries(typed)}
	case types.Bytes:
		return []any{kind, base64.StdEncoding.EncodeToString(typed)}
	case types.Double:
		return []any{kind, strconv.FormatFloat(float64(typed), 'g', -1, 64)}
	case types.Timestamp:
		return []any{kind, strconv.FormatInt(typed.Unix(), 10) + "." + strconv.Itoa(typed.Nanosecond())}
	case types.Duration:
		return []any{kind, strconv.FormatInt(typed.Nanoseconds(), 10)}
	case *types.Type:
		return []any{kind, typed.TypeName()}
	case types.Int, types.Uint, types.String, types.Bool, types.Null:
		return []any{kind, fmt.Sprint(typed.Value())}
	}
	return []any{kind, opaque(value.Value())}
}

// opaque is what a value of Kubernetes' own types holds.
func opaque(value any) string {
	switch typed := value.(type) {
	case *resource.Quantity:
		exact := typed.DeepCopy()
		return exact.AsDec().String()
	case fmt.Stringer:
		return fmt.Sprint(typed)
	}
	return ""
}

func entries(mapping traits.Mapper) []any {
	found := []any{}
	for it := mapping.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		found = append(found, []any{shown(key), shown(mapping.Get(key))})
	}
	sort.Slice(found, func(i, j int) bool { return fmt.Sprint(found[i]) < fmt.Sprint(found[j]) })
	return found
}

// whole makes integers of JSON's numbers that are written so and doubles of the others, as the server does.
func whole(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		for key, item := range typed {
			typed[key] = whole(item)
		}
	case []any:
		for i, item := range typed {
			typed[i] = whole(item)
		}
	case json.Number:
		if integer, err := typed.Int64(); err == nil {
			return integer
		}
		number, err := typed.Float64()
		if err != nil {
			log.Fatal(err)
		}
		return number
	}
	return value
}
