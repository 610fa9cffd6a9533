package main

import (
	"encoding/json"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

type text struct {
	Text string `json:"text"`
}

// yamlKustomize reads a file as kustomize reads a resource: the documents that are not empty, as JSON.
func yamlKustomize(request json.RawMessage) (any, error) {
	var input text
	if err := json.Unmarshal(request, &input); err != nil {
		return nil, err
	}
	nodes, err := read(input.Text)
	if err != nil {
		return nil, err
	}
	documents := []json.RawMessage{}
	for _, node := range nodes {
		document, err := node.MarshalJSON()
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}

func read(text string) ([]*kyaml.RNode, error) {
	reader := kio.ByteReader{
		Reader:                strings.NewReader(text),
		OmitReaderAnnotations: true,
		AnchorsAweigh:         true,
		DisableUnwrapping:     true,
	}
	return reader.Read()
}

// yamlKubectl reads one document as kubectl, Argo CD and Flux read it.
func yamlKubectl(request json.RawMessage) (any, error) {
	var input text
	if err := json.Unmarshal(request, &input); err != nil {
		return nil, err
	}
	document, err := yaml.YAMLToJSON([]byte(input.Text))
	return json.RawMessage(document), err
}

// yamlBoth reads many texts with both readers.
func yamlBoth(request json.RawMessage) (any, error) {
	var input struct {
		Texts []string `json:"texts"`
	}
	if err := json.Unmarshal(request, &input); err != nil {
		return nil, err
	}
	type reading struct {
		Kustomize answer `json:"kustomize"`
		Kubectl   answer `json:"kubectl"`
	}
	readings := make([]reading, len(input.Texts))
	for i, one := range input.Texts {
		line, err := json.Marshal(text{one})
		if err != nil {
			return nil, err
		}
		readings[i] = reading{attempt(yamlKustomize, line), attempt(yamlKubectl, line)}
	}
	return readings, nil
}

func attempt(run command, request json.RawMessage) answer {
	found, err := run(request)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Answer: found}
}
