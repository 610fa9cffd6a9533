package main

import (
	"encoding/json"
	"regexp"
)

// regexpMatches says in which of some texts Go's regexp, which CRDs are read with, finds a pattern.
func regexpMatches(request json.RawMessage) (any, error) {
	var asked struct {
		Pattern string   `json:"pattern"`
		Texts   []string `json:"texts"`
	}
	if err := json.Unmarshal(request, &asked); err != nil {
		return nil, err
	}
	pattern, err := regexp.Compile(asked.Pattern)
	if err != nil {
		return nil, err
	}
	found := []bool{}
	for _, text := range asked.Texts {
		found = append(found, pattern.MatchString(text))
	}
	return found, nil
}
