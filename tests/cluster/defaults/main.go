// Command defaults answers what admission sees of an object: as kube-apiserver decodes it, with the defaults of its kind.
//
// Each line on stdin is an object; each line on stdout is {"object": …}, or {"refused": "…"} for what does not decode.
// With the argument `types` it writes how every kind is written in JSON instead: generator/kubecel/admission/types.json.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane" // registers every kind
)

type answer struct {
	Object  map[string]any `json:"object,omitempty"`
	Refused string         `json:"refused,omitempty"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "types" {
		if err := writeTypes(); err != nil {
			log.Fatal(err)
		}
		return
	}
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
		completed, err := complete(line)
		found := answer{Object: completed}
		if err != nil {
			found.Refused = err.Error()
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

// complete decodes to the internal version, which fills in defaults, and converts back to the version it came in.
func complete(body []byte) (map[string]any, error) {
	decoded, kind, err := legacyscheme.Codecs.UniversalDecoder().Decode(body, nil, nil)
	if err != nil {
		return nil, err
	}
	versioned, err := legacyscheme.Scheme.ConvertToVersion(decoded, kind.GroupVersion())
	if err != nil {
		return nil, err
	}
	return runtime.DefaultUnstructuredConverter.ToUnstructured(versioned)
}
