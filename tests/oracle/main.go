// The oracle answers what Kubernetes' own Go code makes of an input, for tests that compare kataform with it.
//
// Each line on stdin is a request, a JSON object whose "command" names one of the commands below; each line on
// stdout is the answer to the request on the same line of stdin: {"answer": …}, or {"error": "…"} where the Go code
// refuses the input. A request that the oracle itself does not understand ends it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
)

// command answers one request; the request is the whole line.
type command func(request json.RawMessage) (any, error)

var commands = map[string]command{
	"flux-substitute": fluxSubstitute,
	"yaml-kustomize":  yamlKustomize,
	"yaml-kubectl":    yamlKubectl,
	"regexp":          regexpMatches,
	"yaml-both":       yamlBoth,
}

type answer struct {
	Answer any    `json:"answer,omitempty"`
	Error  string `json:"error,omitempty"`
}

func main() {
	requests := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	for {
		line, err := requests.ReadBytes('\n')
		if len(line) == 0 {
			return
		}
		if err != nil {
			log.Fatalf("a request must end with a newline: %v", err)
		}
		if err := encoder.Encode(respond(line)); err != nil {
			log.Fatal(err)
		}
		if err := answers.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}

func respond(line []byte) (reply answer) {
	var request struct {
		Command string `json:"command"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		log.Fatalf("not a request: %v", err)
	}
	run, known := commands[request.Command]
	if !known {
		log.Fatalf("unknown command %q", request.Command)
	}
	defer func() {
		if cause := recover(); cause != nil {
			reply = answer{Error: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	found, err := run(line)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Answer: found}
}
