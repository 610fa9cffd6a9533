package main

import (
	"encoding/json"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/yaml"
)

// fluxSubstitute does to the text of each object what Flux does to one that kustomize has built: it fills in the
// values, a variable without one being empty, and reads the text anew. An object that is refused is its error.
func fluxSubstitute(request json.RawMessage) (any, error) {
	var input struct {
		Texts  []string          `json:"texts"`
		Values map[string]string `json:"values"`
	}
	if err := json.Unmarshal(request, &input); err != nil {
		return nil, err
	}
	answers := []answer{}
	for _, text := range input.Texts {
		filled, err := envsubst.Eval(text, func(name string) (string, bool) { return input.Values[name], true })
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		document, err := yaml.YAMLToJSON([]byte(filled))
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		answers = append(answers, answer{Answer: json.RawMessage(document)})
	}
	return answers, nil
}
